#include "storage/sqlite/functions/collations.hpp"

#include <string>

#include "storage/types/compare.hpp"

namespace historyd::sqlite {
namespace {

std::string_view bytes(const void* text, int size) {
    return {static_cast<const char*>(text), static_cast<std::size_t>(size)};
}

int compare(void* type, int a_size, const void* a, int b_size, const void* b) noexcept {
    return types::compare_text(*static_cast<const types::oid*>(type), bytes(a, a_size),
                               bytes(b, b_size));
}

}  // namespace

result<void> add_collations(database& db) {
    for (const auto& c : types::collations()) {
        // The table of collations is constant, so its rows outlive every connection.
        const int code =
            sqlite3_create_collation_v2(db.handle(), std::string(c.name).c_str(), SQLITE_UTF8,
                                        const_cast<types::oid*>(&c.type), &compare, nullptr);
        if (code != SQLITE_OK) {
            return sql_error(
                sqlstate::internal_error,
                "cannot register collation " + std::string(c.name) + ": " + sqlite3_errstr(code));
        }
    }
    return {};
}

}  // namespace historyd::sqlite
