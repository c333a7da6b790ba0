#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/value.hpp"
#include "storage/schema/schema.hpp"

// historyd's own tables in the SQLite file, where what SQLite has no word for is kept: PostgreSQL
// types with their modifiers, default texts, OIDs, comments. They are changed in the transaction
// that changes the user's tables. Pure: texts and values; who runs them is the caller's business.
//
//   historyd_catalog            one row: format of these tables, the next OID to give
//   historyd_namespace          schemas made by CREATE SCHEMA
//   historyd_relation           tables and views; sqlite_name is the table's name in SQLite
//   historyd_column             attnum, type OID and modifier, NOT NULL, identity, default, ...
//   historyd_constraint         column lists are attnums separated by blanks
//   historyd_index              indexes, those behind constraints too
//   historyd_index_key          their columns and expressions, in order
//   historyd_ordering           COLLATE of columns (by attnum) and keys (by position), their
//                               operator classes
//   historyd_dependency         relations that a view reads
//   historyd_sequence           definitions
//   historyd_sequence_position  last value handed out (also for AUTOINCREMENT tables of others)
//
// Where a backend was ever configured, those of the outbox (storage/outbox/):
//
//   historyd_outbox    what is to reach the backend, in order: seq (never used again), txid (the
//   seq
//                      of its transaction's first entry), op, tbl, pk and row ('name',literal,...),
//                      chain_hash, created_us. What triggers wrote has no txid yet
//   historyd_meta      one row: who forwards (outbox::identity), the facts by which a copy is told
//                      from the file itself, whether the triggers are there
//   historyd_state     one row: up to where the backend has it, up to where it is pruned
//   historyd_dead      changes set aside because the backend refused them
//   historyd_hydration one row while the file is being filled from its backend
//   historyd_captured  tables that have triggers, and how far their older rows have been queued
//   historyd_former_type
//                      types that columns had up to an entry, where they have others by now

namespace historyd::schema {

inline constexpr int own_tables_format = 1;

// SQL, of a row of sqlite_schema: its name is neither SQLite's nor ours, nor Litestream's, which
// copies the file while it is served. SQLite's names compare without case.
inline constexpr std::string_view is_users =
    "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'historyd\\_%' ESCAPE '\\'"
    " AND name NOT LIKE '\\_litestream\\_%' ESCAPE '\\'";

// One SQLite statement with its parameters ?1, ?2, ...
struct own_change {
    std::string sql;
    std::vector<value> parameters;
};

// CREATE TABLE IF NOT EXISTS for every own table, and the row of historyd_catalog.
std::span<const std::string_view> own_table_definitions();
// The same for those of the outbox.
std::span<const std::string_view> outbox_table_definitions();

// Stores a relation with all that belongs to it, in place of what was stored before.
void save_relation(const relation& r, std::vector<own_change>& out);
void erase_relation(oid id, std::vector<own_change>& out);

void save_sequence(const sequence& s, std::vector<own_change>& out);
void erase_sequence(oid id, std::vector<own_change>& out);

void save_namespace(const namespace_info& n, std::vector<own_change>& out);
void erase_namespace(oid id, std::vector<own_change>& out);

void save_next_oid(oid next, std::vector<own_change>& out);

// "1 2 7" for a list of attnums.
std::string attnum_text(std::span<const std::int16_t> attnums);
std::vector<std::int16_t> attnums_of(std::string_view text);

}  // namespace historyd::schema
