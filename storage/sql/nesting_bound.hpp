#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// How deep a statement may nest, asked before anything recursive touches it.

namespace historyd::sql {

// An upper bound of the depth of the tree PostgreSQL's grammar builds for `query`: the lexemes on
// the path from the start of the statement to any place in it, where a comma or semicolon ends what
// stood before it. Linear, no recursion; strings, quoted names and comments are one lexeme.
std::size_t nesting_bound(std::string_view query);

// The depth of messages in a packed pg_query ParseResult. Returns: `limit` + 1 as soon as it is
// deeper.
std::size_t message_depth(std::span<const std::uint8_t> packed, std::size_t limit);

}  // namespace historyd::sql
