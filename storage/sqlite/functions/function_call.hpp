#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::sqlite {

// One call of a registered function or table-valued function: its arguments, in storage form, and
// the session it runs for. Lives as long as the call, on the connection's thread.
class function_call {
public:
    function_call(database& db, int count, sqlite3_value** arguments)
        : db_(db), arguments_(arguments, static_cast<std::size_t>(count)) {}

    int count() const { return static_cast<int>(arguments_.size()); }
    bool is_null(int i) const { return sqlite3_value_type(at(i)) == SQLITE_NULL; }
    bool any_null() const;

    std::int64_t integer(int i) const { return sqlite3_value_int64(at(i)); }
    int int4(int i) const { return static_cast<int>(integer(i)); }
    bool boolean(int i) const { return integer(i) != 0; }
    // A float4 or float8; the text 'NaN' is a NaN.
    double real(int i) const;
    // Characters of a text, bytes of a bytea. Valid until the call returns.
    std::string_view text(int i) const;
    bool is_blob(int i) const { return sqlite3_value_type(at(i)) == SQLITE_BLOB; }
    value_view view(int i) const;
    value copy(int i) const { return to_value(view(i)); }
    // An argument that says which type another one has.
    types::oid type(int i) const { return static_cast<types::oid>(integer(i)); }

    sqlite3_value* raw(int i) const { return at(i); }

    database& db() const { return db_; }
    // The statement's session; nullptr when SQL of our own runs outside a statement.
    const statement_context* session() const { return db_.context(); }
    const types::io_settings& io() const;
    // The arguments from `first` on, as a call of their own.
    function_call from(int first) const;

private:
    sqlite3_value* at(int i) const { return arguments_[static_cast<std::size_t>(i)]; }

    database& db_;
    std::span<sqlite3_value*> arguments_;
};

// A value as SQLite holds it: a NaN, which SQLite would turn into NULL, is the text 'NaN'.
value real_value(double v);
inline value bool_value(bool b) { return std::int64_t{b ? 1 : 0}; }

}  // namespace historyd::sqlite
