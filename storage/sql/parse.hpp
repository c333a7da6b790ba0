#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

struct PgQuery__ParseResult;
struct PgQuery__Node;
struct PgQuery__RawStmt;

namespace historyd::sql {

// Unpacked protobuf tree of one query string; statements borrow from it.
struct parse_tree;

// One statement of a query string. Copies share the tree.
struct raw_statement {
    std::shared_ptr<const parse_tree> tree;
    const PgQuery__Node* node = nullptr;
    std::shared_ptr<const std::string> query;  // the whole query string, for error positions
    std::size_t offset = 0, length = 0;        // this statement's bytes in it

    std::string_view text() const { return std::string_view(*query).substr(offset, length); }
    // 1-based character position of a byte offset in the query string (a node's location); 0 for
    // -1.
    int position(int byte_location) const;
};

// Parses with PostgreSQL's own grammar. Thread-safe. Returns: no statements for an empty string.
// Errors: 42601 with position, as PostgreSQL words them; 54001 for nesting beyond the limit;
// 22021 for invalid UTF-8.
result<std::vector<raw_statement>> parse(std::string_view query);

}  // namespace historyd::sql
