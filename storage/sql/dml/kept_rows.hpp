#pragma once

#include <string>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// Rows that one part of a statement keeps for others (plan::parts): their number, and what
// they are called by those that read them.
struct kept_rows {
    explicit kept_rows(translator& t)
        : number(t.kept_count++), alias(quote_name(t.unique_alias("kept"))) {}

    // A column more. Returns: how it is written.
    std::string add_column() { return column(++width); }
    // 1-based.
    std::string column(std::size_t n) const { return alias + ".\"c" + std::to_string(n) + "\""; }
    std::string from_sql() const {
        return "(" + translator::kept_rows_sql(number, width) + ") AS " + alias;
    }

    int number;
    std::string alias;
    std::size_t width = 0;
};

}  // namespace historyd::sql
