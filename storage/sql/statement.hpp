#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "storage/sql/parse.hpp"
#include "storage/types/pg_type.hpp"

// Statements that the session or the engine carries out itself, decoded from the tree; everything
// else (optimizable statements and DDL) goes to translate().

namespace historyd::sql {

struct transaction_options {
    std::optional<std::string> isolation;  // "serializable", "repeatable read", ...
    std::optional<bool> read_only, deferrable;
};
struct begin_statement {
    transaction_options options;
    bool start = false; /* START TRANSACTION */
};
struct commit_statement {
    bool chain = false;
};
struct rollback_statement {
    bool chain = false;
};
struct savepoint_statement {
    std::string name;
};
struct release_statement {
    std::string name;
};
struct rollback_to_statement {
    std::string name;
};
// SET name = value; no value: TO DEFAULT. SET TRANSACTION ... arrives as several.
struct set_statement {
    std::vector<std::pair<std::string, std::optional<std::string>>> assignments;
    bool local = false;
    bool session_characteristics = false;
};
struct reset_statement {
    std::optional<std::string> name;
};  // nullopt: ALL
struct show_statement {
    std::optional<std::string> name;
};  // nullopt: ALL
struct discard_statement {
    std::string what;
};  // ALL PLANS SEQUENCES TEMP
struct prepare_statement {
    std::string name;
    std::vector<types::oid> types;
    raw_statement query;
};
struct execute_statement {
    std::string name;
    std::vector<const PgQuery__Node*> arguments;
};
struct deallocate_statement {
    std::optional<std::string> name;
};
struct declare_statement {
    std::string name;
    bool hold = false, scroll = false, no_scroll = false, binary = false;
    raw_statement query;
};
// FETCH and MOVE; `all` is FETCH ALL (or BACKWARD ALL), count may be negative.
struct fetch_statement {
    std::string portal;
    enum class direction : std::uint8_t { forward, backward, absolute, relative };
    direction how = direction::forward;
    std::int64_t count = 1;
    bool all = false, move = false;
};
struct close_statement {
    std::optional<std::string> name;
};  // nullopt: ALL
struct listen_statement {
    std::string channel;
};
struct unlisten_statement {
    std::optional<std::string> channel;
};
struct notify_statement {
    std::string channel, payload;
};
enum class explain_format : std::uint8_t { text, json, xml, yaml };
struct explain_statement {
    raw_statement query;
    bool analyze = false;
    explain_format format = explain_format::text;
};
struct lock_statement {
    struct name {
        std::string schema_name, table;
    };
    std::vector<name> tables;
    bool weak = false;  // conflicts with no write of another session
    bool nowait = false;
};
// COPY table(columns) FROM STDIN / TO STDOUT, COPY (query) TO STDOUT.
struct copy_statement {
    bool from = false;
    std::string schema_name, table;
    std::vector<std::string> columns;
    std::optional<raw_statement> query;
    std::string format = "text";  // text csv binary
    std::optional<std::string> delimiter, null_text, quote, escape;
    bool header = false;
};
struct set_constraints_statement {
    struct name {
        std::string schema_name, constraint;
    };
    bool deferred = false;
    std::vector<name> constraints;  // none: ALL
};
// VACUUM, ANALYZE, CHECKPOINT, ...: nothing to do; answered with the tag.
struct no_op_statement {
    std::string tag;
};
struct optimizable_statement {};  // translate() it

using statement =
    std::variant<optimizable_statement, begin_statement, commit_statement, rollback_statement,
                 savepoint_statement, release_statement, rollback_to_statement, set_statement,
                 reset_statement, show_statement, discard_statement, prepare_statement,
                 execute_statement, deallocate_statement, declare_statement, fetch_statement,
                 close_statement, listen_statement, unlisten_statement, notify_statement,
                 explain_statement, lock_statement, copy_statement, set_constraints_statement,
                 no_op_statement>;

// Returns: the statement, or 0A000 for a utility statement that is not spoken (COPY to files, DO,
// CREATE FUNCTION, ...), with PostgreSQL's tag in the hint.
result<statement> classify(const raw_statement& raw);

// The query of EXPLAIN and DECLARE, which PostgreSQL analyses with them; null of other statements.
const raw_statement* query_of(const statement& s);

// VACUUM and DISCARD ALL: refused inside a transaction, and PostgreSQL commits them at once, Sync
// or not.
bool runs_alone(const statement& s);

// The command tag PostgreSQL gives the statement ("BEGIN", "SET", "PREPARE"), without counts.
std::string command_tag(const raw_statement& raw);

}  // namespace historyd::sql
