#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sql/parse.hpp"

namespace historyd::sql {

// A constant of a query string: 'text' or a whole number of at most nine digits.
struct literal {
    std::size_t begin = 0, end = 0;  // its bytes in the query, quotes included
    bool is_text = false;
    std::string text;  // its value, quotes undone

    bool operator==(const literal&) const = default;
};

// A query string with its constants taken out: what texts share that differ in values only, as
// those of a driver that writes every value into the text.
struct query_shape {
    std::string key;
    std::vector<literal> literals;
};

// Reads PostgreSQL's lexical structure only as far as is needed to tell constants from everything
// else. Pure. Returns: nothing for a text with comments, dollar signs, escape strings, several
// statements, or no constant at all: parsing it is the way then. (A
// backslash is a backslash: standard_conforming_strings cannot be turned off.)
std::optional<query_shape> find_shape(std::string_view query);

// Byte offsets, in order, of the constants that a parameter could stand for without any change of
// meaning: values of INSERT and of SET, and what a column of WHERE is compared with.
std::vector<std::size_t> parameter_places(const raw_statement& statement);

}  // namespace historyd::sql
