#include "storage/sqlite/error.hpp"

#include <array>

#include "storage/sqlite/database.hpp"

namespace historyd::sqlite {

namespace {

constexpr std::string_view schema_mismatch_message =
    "the database file does not have the schema this statement was planned for";

// SQLite's only notice of these conditions is the text of a plain SQLITE_ERROR.
struct known_text {
    std::string_view prefix, state, message;
};
constexpr auto known_texts = std::to_array<known_text>({
    {"integer overflow", sqlstate::numeric_value_out_of_range, "bigint out of range"},
    {"too many SQL variables", sqlstate::statement_too_complex, "too many parameters"},
    {"variable number must be between", sqlstate::statement_too_complex, "too many parameters"},
    {"Expression tree is too large", sqlstate::statement_too_complex, "expression is too deep"},
    {"parser stack overflow", sqlstate::statement_too_complex, "statement is nested too deep"},
    {"too many terms in compound SELECT", sqlstate::statement_too_complex,
     "too many SELECTs in one set operation"},
    {"too many columns", sqlstate::too_many_columns, "too many columns"},
    {"at most 64 tables in a join", sqlstate::statement_too_complex,
     "at most 64 tables can be joined"},
    {"too many attached databases", sqlstate::insufficient_resources, "too many databases"},
});

bool tells_of_another_schema(std::string_view message) {
    return message.starts_with("no such table") || message.starts_with("no such column") ||
           message.starts_with("no such index") || message.starts_with("no such view") ||
           message.find("has no column named") != std::string_view::npos ||
           (message.starts_with("table ") &&
            message.find(" values were supplied") != std::string_view::npos);
}

sql_error plain_error(std::string_view message) {
    if (auto carried = unpack_error(message)) return *std::move(carried);
    for (const auto& known : known_texts) {
        if (message.starts_with(known.prefix)) {
            return {known.state, std::string(known.message)};
        }
    }
    if (tells_of_another_schema(message)) {
        return sql_error(sqlstate::internal_error, std::string(schema_mismatch_message))
            .with_detail(std::string(message));
    }
    return {sqlstate::internal_error, std::string(message)};
}

sql_error io_failure(int code, std::string_view message) {
    return sql_error(sqlstate::io_error,
                     "could not read or write the database file: " + std::string(message))
        .with_detail("SQLite reports code " + std::to_string(code) + ".");
}

}  // namespace

sql_error error_from(database& db, int code, const schema::schema* schema, schema::oid target) {
    const std::string message = sqlite3_errmsg(db.handle());
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            // A function called by a CHECK or a default may have its own say.
            if (auto carried = unpack_error(message)) return *std::move(carried);
            return constraint_error(code, message, schema, target);
        case SQLITE_INTERRUPT:
            if (db.context() != nullptr) {
                if (auto why = interruption(*db.context())) return *std::move(why);
            }
            return {sqlstate::admin_shutdown,
                    "terminating connection due to administrator command"};
        case SQLITE_FULL:
            return sql_error(sqlstate::disk_full,
                             "could not extend the database file: No space left on device")
                .with_hint("Check free disk space.");
        case SQLITE_IOERR:
            return io_failure(code, message);
        case SQLITE_CANTOPEN:
            return {sqlstate::io_error, "could not open the database file: " + message};
        case SQLITE_NOMEM:
            return sql_error(sqlstate::out_of_memory, "out of memory")
                .with_hint("limits.statement_memory_bytes_max is how much a statement may hold.");
        case SQLITE_CORRUPT:
            return {sqlstate::data_corrupted, "the database file is damaged: " + message};
        case SQLITE_NOTADB:
            return {sqlstate::data_corrupted, "the file is not a SQLite database"};
        case SQLITE_TOOBIG:
            return {sqlstate::program_limit_exceeded, "value or statement is too large"};
        case SQLITE_BUSY:
            return sql_error(sqlstate::lock_not_available,
                             "could not obtain the lock on the database file")
                .with_detail("Another program is writing to the file.")
                .with_hint("Retry the statement.");
        case SQLITE_LOCKED:
            return {sqlstate::object_in_use,
                    "cannot change the table because a query on it is still active"};
        case SQLITE_READONLY:
            return {sqlstate::read_only_sql_transaction,
                    "cannot write: the database file is read-only here"};
        case SQLITE_MISMATCH:
            return {sqlstate::datatype_mismatch,
                    "a value does not have the type of its column: " + message};
        case SQLITE_ERROR:
            return plain_error(message);
        default:
            if (auto carried = unpack_error(message)) return *std::move(carried);
            return {sqlstate::internal_error, message};
    }
}

std::optional<sql_error> interruption(const statement_context& context) {
    if (context.cancelled->load()) {
        return sql_error(sqlstate::query_canceled, "canceling statement due to user request");
    }
    constexpr auto never = std::chrono::steady_clock::time_point::max();
    if (context.deadline != never && std::chrono::steady_clock::now() >= context.deadline) {
        return sql_error(sqlstate::query_canceled, "canceling statement due to statement timeout");
    }
    return std::nullopt;
}

bool is_schema_mismatch(const sql_error& error) { return error.message == schema_mismatch_message; }

}  // namespace historyd::sqlite
