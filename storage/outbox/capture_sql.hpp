#pragma once

#include <string>
#include <vector>

#include "storage/schema/schema.hpp"

// The SQLite text by which a table's changes get into historyd_outbox. Pure. Only functions built
// into every SQLite are used: the triggers also run in other programs' connections.

namespace historyd::outbox {

// public.history, quoted where needed: an entry's `tbl`.
std::string qualified_name(const schema::schema& s, const schema::relation& r);

// Columns that are stored: all but generated ones.
std::vector<const schema::column*> stored_columns(const schema::relation& r);
std::vector<const schema::column*> key_columns(const schema::relation& r);

struct trigger {
    std::string name, sql;
};

// How far a table's older rows have been queued (table_capture.hpp).
enum class table_phase : std::uint8_t { waiting, copying, done, keyless };

// The triggers of a table in a phase. Requires: the table has a primary key.
//   waiting   deletes only: the other rows are still to be queued, as they will be then
//   copying   an insert and an update bring the row as a whole ("put"): the backend may not have it
//   done      every change as what it is
//   keyless   none: it cannot be forwarded
std::vector<trigger> capture_triggers(const schema::schema& s, const schema::relation& r,
                                      table_phase phase);

// Queues rows of the table as "put", in the order of its key: those after the key ?1, ?2, ... (all,
// when `from_start`), at most `rows`.
std::string queue_rows_sql(const schema::schema& s, const schema::relation& r, bool from_start,
                           std::size_t rows);

// What is remembered of a table to tell later whether it is the same: "id text,n integer".
std::string column_list(const schema::relation& r);

}  // namespace historyd::outbox
