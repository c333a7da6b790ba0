#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/schema/schema.hpp"
#include "storage/types/pg_type.hpp"

// What translation makes of one statement. Plans are immutable and shared between sessions; they
// are valid for one schema epoch.

namespace historyd::sql {

using types::oid;
using types::type_ref;

struct result_column {
    std::string name;
    type_ref type;
    oid table = 0;  // the column's table and attnum when it is a plain column, else 0
    std::int16_t attnum = 0;
};

enum class command : std::uint8_t { select, insert, update, delete_, truncate, ddl };

// Where one column of a concrete INSERT row comes from, when no SQL is needed to know its value.
struct parameter_source {
    int index = 0;
};  // 0-based parameter, already of the column's type
struct constant_source {
    value constant;
};                                       // storage form
struct transaction_timestamp_source {};  // now() as the column's type
struct random_uuid_source {};            // gen_random_uuid()
struct nextval_source {
    schema::oid sequence = 0;
};
struct concatenation_source {
    std::vector<std::variant<std::string, parameter_source>> parts;
};  // 'memory-' || $1, of text; NULL when one of them is
using value_source = std::variant<parameter_source, constant_source, transaction_timestamp_source,
                                  random_uuid_source, nextval_source, concatenation_source>;

// An INSERT ... VALUES without ON CONFLICT whose rows do not depend on the table: it can be
// evaluated to concrete rows when it arrives (storage/DESIGN.md, interactive transactions).
struct concrete_insert {
    schema::oid table = 0;
    std::size_t width = 0;  // columns of the table, in attnum order; every row gives all of them
    // One row of sources per VALUES row; empty when some value needs SQL: then evaluate_sql.
    std::vector<std::vector<value_source>> rows;
    // SQLite text giving the rows, `width` columns each, values checked and in storage form.
    std::string evaluate_sql;
    // Whether evaluate_sql neither waits nor takes long nor changes anything, as is_brief() says of
    // a SELECT.
    bool brief = false;
    // "INSERT INTO t(c1, ...) VALUES (?1, ...)" over one concrete row.
    std::string insert_sql;
    // One per primary key or unique constraint/index on plain columns: positions in the row, and a
    // query over exactly these values (?1, ...) that returns a row if the key is there.
    struct unique_key {
        std::string constraint;
        std::vector<std::size_t> columns;  // positions in the row
        std::string exists_sql;
    };
    std::vector<unique_key> unique_keys;
    std::vector<std::size_t> not_null;  // positions that must not be NULL (23502)
    // RETURNING: positions in the row where every item is a plain column; else SQLite text over the
    // concrete row (?1, ...) giving the result columns.
    std::vector<std::size_t> returning_columns;
    std::string returning_sql;
    // False when CHECK, FOREIGN KEY or a unique expression index make the table's answer depend on
    // more than the row: then the statement may not be kept, only sent as a unit.
    bool keepable = true;
};

// What becomes of a temporary table, or of its rows, at the end of each transaction.
struct commit_action {
    schema::oid table = 0;
    bool drops = false;  // else only its rows go
};

struct plan;
using plan_ptr = std::shared_ptr<const plan>;

// A statement that is several in SQLite, one after another (WITH that changes rows, MERGE,
// RETURNING of joined tables), has parts: others, and the statement itself.
struct plan_part {
    plan_ptr item;  // nullptr: the statement itself
    int rows = -1;  // the n of pg_kept_rows(n) that later parts read the item's rows by; -1: none
    bool changes = false;  // rows of a table
};

struct plan {
    sql::command command = sql::command::select;
    std::string tag;  // command tag without the count: "INSERT 0", "SELECT", "CREATE TABLE"
    bool tag_has_count = true;
    std::string sql;                   // SQLite text, parameters ?1, ?2, ...
    std::vector<type_ref> parameters;  // resolved types, in order
    // SELECT of what the statement returns, where SQLite's count and RETURNING leave rows out: it
    // runs before `sql`, and its rows are those that are answered and counted. With the same
    // parameters.
    std::string rows_sql;
    // In the order in which they run; empty: the statement is `sql` alone. With the same
    // parameters. Where none is the statement itself (MERGE), the rows that all have changed are
    // its count.
    std::vector<plan_part> parts;
    std::vector<result_column> columns;  // empty: returns no rows
    bool returns_rows = false;           // a SELECT may return rows of no columns
    std::uint64_t schema_epoch = 0;
    std::vector<oid> reads;         // user tables
    bool cacheable = true;          // false when text was evaluated at translation ('now')
    bool locking = false;           // FOR UPDATE/SHARE: needs the writer inside a transaction
    std::string locked_at_once;     // with NOWAIT: a table, for the error; else empty
    bool moves_sequences = false;   // calls nextval or setval
    bool has_side_effects = false;  // a SELECT with nextval, set_config, pg_notify, ...
    bool shows_session = false;     // reads pg_prepared_statements or pg_cursors
    bool brief = false;             // see is_brief
    oid target = 0;                 // INSERT/UPDATE/DELETE: the table
    std::optional<concrete_insert> insert;  // set when the INSERT can be made concrete
    std::vector<sql_error> notices;         // sent when the statement runs

    // DDL: SQLite statements run in order by the writer, then the schema is loaded again.
    struct step {
        std::string sql;
        std::vector<value> parameters;
    };
    std::vector<step> steps;
    // DDL, TRUNCATE: the statement for a backend, worded so that it may be run where all is there
    // already, and where its unqualified names are looked up. Empty: it cannot be put in words.
    std::string repeatable_sql, search_path;
    std::vector<std::string> backend_sql;  // run there after it
    // DDL, TRUNCATE: of temporary tables only, which no backend is told of.
    bool temporary = false;
    // Of a temporary table that it makes.
    std::optional<commit_action> on_commit;
    // The settings that its constants are read under: name, value.
    std::vector<std::pair<std::string, std::string>> constant_settings;

    // Whether it only reads, but for sequences and locks.
    bool is_select() const { return command == sql::command::select && parts.empty(); }
};

}  // namespace historyd::sql
