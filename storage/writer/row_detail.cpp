#include "storage/writer/row_detail.hpp"

#include <algorithm>

#include "storage/types/type_io.hpp"

namespace historyd::writer {

namespace {

using schema::constraint;
using schema::constraint_kind;
using schema::relation;

// PostgreSQL cuts a value of "Failing row contains" here, never inside a character.
constexpr std::size_t failing_value_bytes_max = 64;

std::string text_of(const schema::column& column, const value& v, const types::io_settings& io) {
    if (is_null(v)) return "null";
    std::string text;
    if (!types::text_out(column.type, view_of(v), io, text)) text = "?";
    return text;
}

std::string cut(std::string text) {
    if (text.size() <= failing_value_bytes_max) return text;
    auto end = failing_value_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

std::string failing_row(const relation& table, std::span<const value> row,
                        const types::io_settings& io) {
    std::string text = "Failing row contains (";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (i != 0) text += ", ";
        text += cut(text_of(table.columns[i], row[i], io));
    }
    return text + ").";
}

// The values of a key of the row; empty when the row does not have all its columns.
std::vector<value> key_values(const relation& table, const std::vector<std::int16_t>& attnums,
                              std::span<const value> row) {
    std::vector<value> values;
    for (const auto attnum : attnums) {
        const auto at = std::ranges::find(table.columns, attnum, &schema::column::attnum);
        if (at == table.columns.end()) return {};
        values.push_back(row[static_cast<std::size_t>(at - table.columns.begin())]);
    }
    return values;
}

// "Key (a, b)=(1, x)"
std::string key_text(const relation& table, const std::vector<std::int16_t>& attnums,
                     std::span<const value> values, const types::io_settings& io) {
    std::string names, texts;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& column = *table.find_column(attnums[i]);
        if (i != 0) {
            names += ", ";
            texts += ", ";
        }
        names += column.name;
        texts += text_of(column, values[i], io);
    }
    return "Key (" + names + ")=(" + texts + ")";
}

// The columns of a unique constraint or index; empty when an expression is among them.
std::vector<std::int16_t> unique_columns(const relation& table, const std::string& name) {
    for (const auto& c : table.constraints) {
        if (c.name == name) return c.columns;
    }
    for (const auto& i : table.indexes) {
        if (i.name != name) continue;
        std::vector<std::int16_t> attnums;
        for (const auto& key : i.keys) {
            if (key.attnum == 0) return {};
            attnums.push_back(key.attnum);
        }
        return attnums;
    }
    return {};
}

std::string sqlite_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

bool has_parent(sqlite::database& db, const relation& parent, const constraint& key,
                std::span<const value> values) {
    std::string sql =
        "SELECT 1 FROM " +
        sqlite_identifier(parent.sqlite_name.empty() ? parent.name : parent.sqlite_name) +
        " WHERE ";
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto* column = parent.find_column(key.foreign_columns[i]);
        if (column == nullptr) return true;
        if (i != 0) sql += " AND ";
        sql += sqlite_identifier(column->name) + " = ?" + std::to_string(i + 1);
    }
    const auto found = db.execute(sql, values, nullptr);
    return !found || *found > 0;
}

void add_missing_parent(sqlite::database& db, const relation& table, std::span<const value> row,
                        const schema::schema& schema, const types::io_settings& io,
                        sql_error& error) {
    for (const auto& key : table.constraints) {
        if (key.kind != constraint_kind::foreign_key) continue;
        const auto* parent = schema.find_relation(key.foreign_relation);
        const auto values = key_values(table, key.columns, row);
        const auto null = [](const value& v) { return is_null(v); };
        if (parent == nullptr || values.empty() || std::ranges::any_of(values, null) ||
            values.size() != key.foreign_columns.size() || has_parent(db, *parent, key, values)) {
            continue;
        }
        error = missing_parent(schema, table, *parent, key, values, io);
        return;
    }
}

}  // namespace

void add_row_detail(sqlite::database& db, const relation& table, std::span<const value> row,
                    const schema::schema& schema, sql_error& error) {
    if (row.size() != table.columns.size() || db.context() == nullptr) return;
    const auto& io = *db.context()->io;
    if (error.sqlstate == sqlstate::not_null_violation ||
        error.sqlstate == sqlstate::check_violation) {
        error.detail = failing_row(table, row, io);
    } else if (error.sqlstate == sqlstate::unique_violation) {
        const auto attnums = unique_columns(table, error.constraint_name);
        const auto values = key_values(table, attnums, row);
        if (!values.empty())
            error.detail = key_text(table, attnums, values, io) + " already exists.";
    } else if (error.sqlstate == sqlstate::foreign_key_violation) {
        add_missing_parent(db, table, row, schema, io, error);
    }
}

sql_error missing_parent(const schema::schema& schema, const relation& table,
                         const relation& parent, const constraint& key,
                         std::span<const value> values, const types::io_settings& io) {
    auto error = sqlite::missing_parent(schema, table, key);
    error.detail = key_text(table, key.columns, values, io) + " is not present in table \"" +
                   parent.name + "\".";
    return error;
}

sql_error name_foreign_key(sql_error error, const sql::plan& plan, const schema::schema& schema) {
    if (error.sqlstate != sqlstate::foreign_key_violation || !error.constraint_name.empty()) {
        return error;
    }
    const auto* table = schema.find_relation(plan.target);
    if (table == nullptr) return error;
    std::vector<sql_error> candidates;
    for (const auto& r : schema.relations) {
        for (const auto& key : r->constraints) {
            if (key.kind != constraint_kind::foreign_key) continue;
            if (r.get() == table && plan.command != sql::command::delete_) {
                candidates.push_back(sqlite::missing_parent(schema, *r, key));
            }
            if (key.foreign_relation == table->id && plan.command != sql::command::insert) {
                candidates.push_back(sqlite::referenced_parent(schema, *table, *r, key));
            }
        }
    }
    return candidates.size() == 1 ? std::move(candidates.front()) : std::move(error);
}

}  // namespace historyd::writer
