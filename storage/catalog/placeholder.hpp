#pragma once

#include "storage/base/value.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::catalog {

// Stands in shared rows for what differs by session; the virtual table puts the session's own value
// in its place. No catalog column that holds rows is a bytea, so a blob is never anything else.
inline value database_placeholder() { return blob{"database"}; }
inline value user_placeholder() { return blob{"user"}; }

inline const std::string& resolve(const blob_view& placeholder,
                                  const sqlite::statement_context& context) {
    return placeholder.bytes == "user" ? context.user : context.database;
}

}  // namespace historyd::catalog
