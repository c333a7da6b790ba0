#include "storage/sql/scan.hpp"

#include <pg_query.h>

#include <cstdint>

namespace historyd::sql {

scan_ptr scan(const std::string& text) {
    auto scanned = pg_query_scan(text.c_str());
    scan_ptr tokens;
    if (scanned.error == nullptr) {
        tokens.reset(pg_query__scan_result__unpack(
            nullptr, scanned.pbuf.len, reinterpret_cast<const std::uint8_t*>(scanned.pbuf.data)));
    }
    pg_query_free_scan_result(scanned);
    return tokens;
}

}  // namespace historyd::sql
