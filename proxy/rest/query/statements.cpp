#include "proxy/rest/query/statements.hpp"

#include <algorithm>

#include "proxy/rest/query/json_input.hpp"

namespace historyd::rest {

namespace {

// SQLite takes 32766 parameters; more rows are more statements.
constexpr std::size_t parameters_max = 10'000;

// The columns a body writes, in its order.
result<std::vector<const schema::column*>> written_columns(const request& r,
                                                           const schema::relation& table) {
    std::vector<const schema::column*> out;
    for (const auto& name : r.body.columns) {
        const auto* column = table.find_column(name);
        if (column == nullptr) {
            return sql_error("PGRST204", "Could not find the '" + name + "' column of '" +
                                             table.name + "' in the schema cache");
        }
        out.push_back(column);
    }
    return out;
}

result<void> append_cell(const types::json_node& cell, const schema::column& column,
                         sql_text& out) {
    const auto text = input_text(cell, column.type.id);
    if (text) return out.parameter(column.type, *text);
    out.null_parameter(column.type.id);
    return {};
}

void append_returning(const request& r, returning what, const schema::relation& table,
                      sql_text& out) {
    if (what == returning::nothing) return;
    out << " RETURNING ";
    if (what == returning::key) {
        out.names(key_columns(table));
    } else {
        out.select(r.select, r.answer.nulls_stripped);
        out.order_columns(r.order);
    }
}

result<void> append_row(const request& r, const payload::row& row,
                        const std::vector<const schema::column*>& columns, sql_text& out) {
    out << "(";
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out << ", ";
        if (row[i]) {
            if (auto ok = append_cell(*row[i], *columns[i], out); !ok) return ok;
        } else if (r.prefer.missing_default.value_or(false)) {
            out << "DEFAULT";
        } else {
            out.null_parameter(columns[i]->type.id);
        }
    }
    out << ")";
    return {};
}

void append_on_conflict(const request& r, const schema::relation& table, sql_text& out) {
    const auto key = conflict_columns(r, table);
    if (!r.prefer.merge_duplicates || key.empty()) return;
    out << " ON CONFLICT (";
    out.names(key);
    out << ")";
    if (!*r.prefer.merge_duplicates || r.body.columns.empty()) {
        out << " DO NOTHING";
        return;
    }
    out << " DO UPDATE SET ";
    for (std::size_t i = 0; i < r.body.columns.size(); ++i) {
        if (i > 0) out << ", ";
        out.name(r.body.columns[i]);
        out << " = EXCLUDED.";
        out.name(r.body.columns[i]);
    }
}

// The filters of a change; with a limit, of the rows that a SELECT of their keys finds.
result<void> append_target(const request& r, const schema::relation& table, sql_text& out) {
    if (r.range.is_all()) return out.where(r.where);
    if (r.order.empty()) {
        return sql_error("PGRST109", "A 'limit' was applied without an explicit 'order'")
            .with_hint("Apply an 'order' using unique column(s)");
    }
    const auto key = key_columns(table);
    if (key.empty()) {
        return sql_error("PGRST127", "Feature not implemented")
            .with_detail("A limited change needs a table with a primary key.");
    }
    out << " WHERE (";
    out.names(key);
    out << ") IN (SELECT ";
    out.names(key);
    out << " FROM ";
    out.table();
    if (auto ok = out.where(r.where); !ok) return ok;
    out.order_by(r.order);
    out.limit(r.range);
    out << ")";
    return {};
}

}  // namespace

std::vector<std::string> key_columns(const schema::relation& table) {
    std::vector<std::string> out;
    if (const auto* key = table.primary_key()) {
        for (const auto attnum : key->columns) out.push_back(table.find_column(attnum)->name);
    }
    return out;
}

std::vector<std::string> conflict_columns(const request& r, const schema::relation& table) {
    return r.on_conflict ? *r.on_conflict : key_columns(table);
}

result<sql_statement> select_statement(const request& r, const schema::relation& table,
                                       const types::io_settings& io) {
    sql_text out(table, io);
    out << "SELECT ";
    out.select(r.select, r.answer.nulls_stripped);
    out << " FROM ";
    out.table();
    if (auto ok = out.where(r.where); !ok) return ok.error();
    out.order_by(r.order);
    out.limit(r.range);
    return out.take();
}

result<sql_statement> count_statement(const request& r, const schema::relation& table,
                                      const types::io_settings& io) {
    sql_text out(table, io);
    out << "SELECT count(*) FROM ";
    out.table();
    if (auto ok = out.where(r.where); !ok) return ok.error();
    return out.take();
}

result<std::vector<sql_statement>> insert_statements(const request& r, returning what,
                                                     const schema::relation& table,
                                                     const types::io_settings& io) {
    const auto columns = written_columns(r, table);
    if (!columns) return columns.error();
    const auto& rows = r.body.rows;
    const auto rows_max =
        columns->empty() ? 1 : std::max<std::size_t>(1, parameters_max / columns->size());
    std::vector<sql_statement> statements;
    for (std::size_t first = 0; first < rows.size(); first += rows_max) {
        sql_text out(table, io);
        out << "INSERT INTO ";
        out.table();
        if (columns->empty()) {
            out << " DEFAULT VALUES";
        } else {
            out << " (";
            out.names(r.body.columns);
            out << ") VALUES ";
            for (auto i = first; i < std::min(rows.size(), first + rows_max); ++i) {
                if (i > first) out << ", ";
                if (auto ok = append_row(r, rows[i], *columns, out); !ok) return ok.error();
            }
        }
        append_on_conflict(r, table, out);
        append_returning(r, what, table, out);
        statements.push_back(out.take());
    }
    return statements;
}

result<sql_statement> existing_statement(const request& r, std::size_t first, std::size_t count,
                                         const schema::relation& table,
                                         const types::io_settings& io) {
    sql_text out(table, io);
    out << "SELECT count(*) FROM ";
    out.table();
    const auto key = conflict_columns(r, table);
    for (auto i = first; i < first + count; ++i) {
        out << (i == first ? " WHERE (" : " OR (");
        for (std::size_t k = 0; k < key.size(); ++k) {
            const auto at = std::ranges::find(r.body.columns, key[k]) - r.body.columns.begin();
            const auto& cell = r.body.rows[i][static_cast<std::size_t>(at)];
            if (k > 0) out << " AND ";
            out.column(key[k]);
            out << " = ";
            if (auto ok =
                    append_cell(cell.value_or(types::json_node()), *table.find_column(key[k]), out);
                !ok) {
                return ok.error();
            }
        }
        out << ")";
    }
    return out.take();
}

result<sql_statement> update_statement(const request& r, returning what,
                                       const schema::relation& table,
                                       const types::io_settings& io) {
    const auto columns = written_columns(r, table);
    if (!columns) return columns.error();
    sql_text out(table, io);
    out << "UPDATE ";
    out.table();
    out << " SET ";
    for (std::size_t i = 0; i < columns->size(); ++i) {
        if (i > 0) out << ", ";
        out.name((*columns)[i]->name);
        out << " = ";
        const auto& cell = r.body.rows.front()[i];
        if (!cell && r.prefer.missing_default.value_or(false)) {
            out << "DEFAULT";
        } else if (auto ok = append_cell(cell.value_or(types::json_node()), *(*columns)[i], out);
                   !ok) {
            return ok.error();
        }
    }
    if (auto ok = append_target(r, table, out); !ok) return ok.error();
    append_returning(r, what, table, out);
    return out.take();
}

result<sql_statement> delete_statement(const request& r, returning what,
                                       const schema::relation& table,
                                       const types::io_settings& io) {
    sql_text out(table, io);
    out << "DELETE FROM ";
    out.table();
    if (auto ok = append_target(r, table, out); !ok) return ok.error();
    append_returning(r, what, table, out);
    return out.take();
}

}  // namespace historyd::rest
