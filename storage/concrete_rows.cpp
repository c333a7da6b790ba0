#include "storage/concrete_rows.hpp"

#include "storage/base/random_uuid.hpp"
#include "storage/sqlite/current_values.hpp"
#include "storage/sqlite/error.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/type_io.hpp"

namespace historyd {

namespace {

// Evaluates one source for one column of the table.
struct source_evaluator {
    const std::vector<value>& parameters;
    const sqlite::statement_context& context;
    types::type_ref type;

    result<value> operator()(const sql::parameter_source& s) const {
        // A parameter has the column's type but not its typmod: varchar(n) is checked here.
        const auto& v = parameters.at(static_cast<std::size_t>(s.index));
        if (type.typmod < 0 || is_null(v)) return v;
        return types::apply_typmod(type, v, false);
    }
    result<value> operator()(const sql::constant_source& s) const { return s.constant; }
    result<value> operator()(const sql::transaction_timestamp_source&) const {
        value now = types::timestamptz_to_storage(context.io->now_us);
        if (type.id == types::type_oid::timestamptz && type.typmod < 0) return now;
        return types::cast({types::type_oid::timestamptz, -1}, type, std::move(now), *context.io,
                           false);
    }
    result<value> operator()(const sql::random_uuid_source&) const {
        value id = random_uuid();
        return types::cast({types::type_oid::uuid, -1}, type, std::move(id), *context.io, false);
    }
    result<value> operator()(const sql::nextval_source& s) const {
        auto next = context.sequences->next(s.sequence);
        if (!next) return next.error();
        sqlite::remember_nextval(context, s.sequence, *next);
        return value(*next);
    }
    result<value> operator()(const sql::concatenation_source& s) const {
        std::string whole;
        for (const auto& part : s.parts) {
            const auto* text = std::get_if<std::string>(&part);
            if (text == nullptr) {
                const auto at =
                    static_cast<std::size_t>(std::get<sql::parameter_source>(part).index);
                text = std::get_if<std::string>(&parameters.at(at));
            }
            if (text == nullptr) return value();
            whole += *text;
        }
        return value(std::move(whole));
    }
};

std::string as_text(types::type_ref type, const value& v, const types::io_settings& io) {
    if (is_null(v)) return "null";
    std::string text;
    if (!types::text_out(type, view_of(v), io, text)) text = "?";
    return text;
}

result<rows_of_values> evaluate_sources(const sql::plan& plan, const std::vector<value>& parameters,
                                        const sqlite::statement_context& context) {
    const auto& insert = *plan.insert;
    const auto* table = context.schema->find_relation(insert.table);
    if (table == nullptr || table->columns.size() != insert.width) {
        return sql_error(sqlstate::internal_error, "INSERT was planned for another table layout");
    }
    rows_of_values rows;
    rows.reserve(insert.rows.size());
    for (const auto& sources : insert.rows) {
        std::vector<value> row;
        row.reserve(insert.width);
        for (std::size_t i = 0; i < sources.size(); ++i) {
            auto v = std::visit(source_evaluator{parameters, context, table->columns[i].type},
                                sources[i]);
            if (!v) return v.error();
            row.push_back(std::move(*v));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

bool is_concrete(const sql::plan& plan) {
    if (!plan.insert || plan.insert->rows.empty()) return false;
    return plan.insert->returning_sql.empty() &&
           (plan.insert->keepable || plan.insert->rows.size() == 1);
}

result<rows_of_values> evaluate_concrete(const sql::plan& plan,
                                         const std::vector<value>& parameters,
                                         const sqlite::statement_context& context) {
    auto rows = evaluate_sources(plan, parameters, context);
    if (!rows) return rows;
    if (auto checked = check_not_null(plan, *rows, context); !checked) return checked.error();
    return rows;
}

result<void> check_not_null(const sql::plan& plan, const rows_of_values& rows,
                            const sqlite::statement_context& context) {
    const auto& insert = *plan.insert;
    for (const auto& row : rows) {
        for (const auto position : insert.not_null) {
            if (!is_null(row.at(position))) continue;
            const auto& table = *context.schema->find_relation(insert.table);
            const auto& column = table.columns.at(position);
            sql_error error(sqlstate::not_null_violation, "null value in column \"" + column.name +
                                                              "\" of relation \"" + table.name +
                                                              "\" violates not-null constraint");
            error.detail = "Failing row contains (";
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (i != 0) error.detail += ", ";
                error.detail += as_text(table.columns[i].type, row[i], *context.io);
            }
            error.detail += ").";
            sqlite::name_table(*context.schema, table, error);
            error.column_name = column.name;
            return error;
        }
    }
    return {};
}

std::string unique_key_text(const sql::plan& plan, const sql::concrete_insert::unique_key& key,
                            const std::vector<value>& row) {
    // Another schema's constraint may have the same name.
    auto text = std::to_string(plan.insert->table) + ' ' + key.constraint;
    for (const auto position : key.columns) {
        const auto& v = row.at(position);
        if (is_null(v)) return {};
        text.push_back('\0');
        if (const auto* i = std::get_if<std::int64_t>(&v)) {
            text += std::to_string(*i);
        } else if (const auto* d = std::get_if<double>(&v)) {
            text.append(reinterpret_cast<const char*>(d), sizeof *d);
        } else if (const auto* s = std::get_if<std::string>(&v)) {
            text += std::to_string(s->size()) + ':' + *s;
        } else if (const auto* b = std::get_if<blob>(&v)) {
            text += std::to_string(b->bytes.size()) + ':' + b->bytes;
        }
    }
    return text;
}

sql_error duplicate_key(const sql::plan& plan, const sql::concrete_insert::unique_key& key,
                        const std::vector<value>& row, const sqlite::statement_context& context) {
    sql_error error(sqlstate::unique_violation,
                    "duplicate key value violates unique constraint \"" + key.constraint + "\"");
    const auto* table = context.schema->find_relation(plan.insert->table);
    if (table != nullptr) {
        std::string names, values;
        for (const auto position : key.columns) {
            if (!names.empty()) {
                names += ", ";
                values += ", ";
            }
            names += table->columns.at(position).name;
            values += as_text(table->columns[position].type, row.at(position), *context.io);
        }
        error.detail = "Key (" + names + ")=(" + values + ") already exists.";
        sqlite::name_table(*context.schema, *table, error);
    }
    error.constraint_name = key.constraint;
    return error;
}

result<void> give_columns(const sql::concrete_insert& insert, const rows_of_values& rows,
                          row_sink& sink) {
    std::vector<value_view> out;
    for (const auto& row : rows) {
        out.clear();
        for (const auto position : insert.returning_columns) {
            out.push_back(view_of(row.at(position)));
        }
        if (auto added = sink.add(out); !added) return added;
    }
    return {};
}

result<writer::write_statement> write_of(const sql::plan_ptr& plan,
                                         const std::vector<value>& parameters,
                                         const sqlite::statement_context& context, row_sink& sink) {
    writer::write_statement write;
    write.plan = plan;
    if (!is_concrete(*plan)) {
        write.parameters = parameters;
        write.sink = plan->returns_rows ? &sink : nullptr;
        return write;
    }
    auto rows = evaluate_concrete(*plan, parameters, context);
    if (!rows) return rows.error();
    if (plan->returns_rows) {
        if (auto given = give_columns(*plan->insert, *rows, sink); !given) return given.error();
    }
    write.concrete = true;
    write.rows = std::move(*rows);
    return write;
}

}  // namespace historyd
