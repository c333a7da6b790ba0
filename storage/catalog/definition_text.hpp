#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/schema/schema.hpp"

// Definitions as pg_get_indexdef, pg_get_constraintdef and their like print them. Pure.

namespace historyd::catalog {

enum class layout : std::uint8_t { full, pretty };  // pretty drops parentheses that are not needed

// "CREATE UNIQUE INDEX i ON public.t USING btree (a, b DESC) WHERE (c > 0)"
std::string index_definition(const schema::relation& table, const schema::index& index,
                             const std::string& table_name, layout how);
// One column of it: "a", "lower(b)".
std::string index_key_text(const schema::relation& table, const schema::index_key& key, layout how);

// "PRIMARY KEY (id)", "CHECK ((n > 0))", "FOREIGN KEY (pid) REFERENCES p(id) ON DELETE CASCADE"
// `foreign`: the referenced table, null when it is not a foreign key.
std::string constraint_definition(const schema::relation& table, const schema::constraint& c,
                                  const schema::relation* foreign, const std::string& foreign_name,
                                  layout how);

// An expression as stored, without the parentheses that pretty printing leaves out.
std::string pretty_expression(std::string_view text);

}  // namespace historyd::catalog
