#pragma once

#include <string>
#include <string_view>

#include "storage/schema/schema.hpp"

// Collations and operator classes, as pg_collation and pg_opclass have them. Bytes are what SQLite
// compares under any of them.

namespace historyd::catalog {

// Of a column: its own, else its type's; 0 where the type has none.
schema::oid collation_of(const schema::column& c);
// Of a key of an index of `r`: its own, else its column's, else its type's. An expression is text.
schema::oid collation_of(const schema::relation& r, const schema::index_key& key);
schema::oid operator_class_of(const schema::relation& r, const schema::index& i,
                              const schema::index_key& key);

// What a definition says of the key's order beside DESC: " COLLATE ...", " text_pattern_ops", both
// or nothing.
std::string ordering_text(const schema::relation& r, const schema::index& i,
                          const schema::index_key& key);

}  // namespace historyd::catalog
