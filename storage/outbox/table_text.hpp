#pragma once

#include <string>
#include <vector>

#include "storage/schema/schema.hpp"

namespace historyd::outbox {

// PostgreSQL statements that make the table where it is missing: its schema and sequences, the
// table, its indexes. Run where all is there already they change nothing. Pure.
std::vector<std::string> table_definition(const schema::schema& s, const schema::relation& r);

// "ALTER TABLE public.history ADD COLUMN IF NOT EXISTS role text"
std::string add_column(const schema::schema& s, const schema::relation& r, const schema::column& c);

// The index on memory_id that mem0's history lacks; empty for other tables and where it is there.
std::string history_index(const schema::schema& s, const schema::relation& r);

// Tables but for temporary ones, in an order in which none refers to a later one, as far as there
// is one.
std::vector<const schema::relation*> parents_first(const schema::schema& s);

}  // namespace historyd::outbox
