#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <memory>
#include <string>

namespace historyd::sql {

struct scan_deleter {
    void operator()(PgQuery__ScanResult* tokens) const {
        pg_query__scan_result__free_unpacked(tokens, nullptr);
    }
};
using scan_ptr = std::unique_ptr<PgQuery__ScanResult, scan_deleter>;

// The tokens of a text, with where each begins and ends. Returns: nullptr when it has none.
scan_ptr scan(const std::string& text);

}  // namespace historyd::sql
