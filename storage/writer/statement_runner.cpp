#include "storage/writer/statement_runner.hpp"

#include "storage/writer/row_detail.hpp"

namespace historyd::writer {

namespace {

// A schema or constraint error on a table the plan names: the plan's target says which.
result<std::int64_t> run_sql(sqlite::database& db, const std::string& sql, row_sink* sink,
                             const write_statement& statement, const schema::schema& schema) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    if (auto bound = prepared->bind(statement.parameters); !bound) return bound.error();
    prepared->set_target(statement.plan->target);
    std::int64_t rows = 0;
    for (;;) {
        auto stepped = prepared->step();
        if (!stepped) return name_foreign_key(stepped.error(), *statement.plan, schema);
        if (!*stepped) break;
        ++rows;
        if (sink == nullptr) continue;
        if (auto taken = sink->add(prepared->row()); !taken) return taken.error();
    }
    return prepared->is_read_only() ? rows : sqlite3_changes64(db.handle());
}

result<std::int64_t> run_plan(sqlite::database& db, const write_statement& statement,
                              const schema::schema& schema) {
    const auto& plan = *statement.plan;
    if (plan.rows_sql.empty()) return run_sql(db, plan.sql, statement.sink, statement, schema);
    auto rows = run_sql(db, plan.rows_sql, statement.sink, statement, schema);
    if (!rows) return rows;
    if (auto done = run_sql(db, plan.sql, nullptr, statement, schema); !done) return done;
    return rows;
}

result<std::int64_t> run_concrete(sqlite::database& db, const write_statement& statement,
                                  const schema::schema& schema) {
    const auto& insert = *statement.plan->insert;
    auto prepared = db.prepare(insert.insert_sql);
    if (!prepared) return prepared.error();
    prepared->set_target(insert.table);
    for (const auto& row : statement.rows) {
        if (auto bound = prepared->bind(row); !bound) return bound.error();
        auto stepped = prepared->step();
        if (!stepped) {
            prepared->reset();
            auto error = stepped.error();
            const auto* table = schema.find_relation(insert.table);
            if (table != nullptr) add_row_detail(db, *table, row, schema, error);
            return error;
        }
        prepared->reset();
    }
    return static_cast<std::int64_t>(statement.rows.size());
}

}  // namespace

bool is_atomic_by_itself(const write_statement& statement) {
    if (!statement.plan->steps.empty()) return false;
    return statement.concrete ? statement.rows.size() <= 1 : statement.sink == nullptr;
}

result<statement_outcome> run_statement(sqlite::database& db, const write_statement& statement,
                                        const schema::schema& schema) {
    auto rows =
        statement.concrete ? run_concrete(db, statement, schema) : run_plan(db, statement, schema);
    if (!rows) return rows.error();
    return statement_outcome{.rows_affected = *rows};
}

}  // namespace historyd::writer
