#include "storage/writer/statement_runner.hpp"

#include <algorithm>

#include "storage/writer/row_detail.hpp"

namespace historyd::writer {

namespace {

// A schema or constraint error on a table the plan names: the plan's target says which.
result<std::int64_t> run_sql(sqlite::database& db, const std::string& sql, row_sink* sink,
                             const sql::plan& plan, const std::vector<value>& parameters,
                             const schema::schema& schema) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    if (auto bound = prepared->bind(parameters); !bound) return bound.error();
    prepared->set_target(plan.target);
    std::int64_t rows = 0;
    for (;;) {
        auto stepped = prepared->step();
        if (!stepped) return name_foreign_key(stepped.error(), plan, schema);
        if (!*stepped) break;
        ++rows;
        if (sink == nullptr) continue;
        if (auto taken = sink->add(prepared->row()); !taken) return taken.error();
    }
    return prepared->is_read_only() ? rows : sqlite3_changes64(db.handle());
}

result<std::int64_t> run_plan(sqlite::database& db, const sql::plan& plan,
                              const std::vector<value>& parameters, row_sink* sink,
                              const schema::schema& schema) {
    if (plan.rows_sql.empty()) return run_sql(db, plan.sql, sink, plan, parameters, schema);
    auto rows = run_sql(db, plan.rows_sql, sink, plan, parameters, schema);
    if (!rows) return rows;
    auto done = run_sql(db, plan.sql, nullptr, plan, parameters, schema);
    if (!done) return done;
    return rows;
}

// Rows of WITH items, for pg_kept_rows(n) while they live.
class kept_rows {
public:
    explicit kept_rows(sqlite::database& db) : db_(db) { db_.set_kept_rows(&rows_); }
    ~kept_rows() { db_.set_kept_rows(nullptr); }
    kept_rows(const kept_rows&) = delete;
    kept_rows& operator=(const kept_rows&) = delete;

    row_sink* of(int item) {
        if (item < 0) return nullptr;
        const auto at = static_cast<std::size_t>(item);
        while (rows_.size() <= at) rows_.emplace_back(bytes_max);
        return &rows_[at];
    }

private:
    static constexpr std::size_t bytes_max = 256 << 20;
    sqlite::database& db_;
    std::deque<value_rows> rows_;
};

bool puts_checks_off(const schema::schema& schema) {
    return std::ranges::any_of(schema.relations, [](const auto& r) {
        return std::ranges::any_of(r->constraints, &schema::constraint::initially_deferred);
    });
}

// PostgreSQL checks foreign keys once the whole statement is done. Where there are some whose check
// is put off to the COMMIT, SQLite does not tell their violations from others: each part answers
// for itself then.
class keys_at_end {
public:
    keys_at_end(sqlite::database& db, const sql::plan& whole, const schema::schema& schema)
        : db_(db),
          schema_(schema),
          active_(std::ranges::count(whole.parts, true, &sql::plan_part::changes) > 1 &&
                  !puts_checks_off(schema) && !db.puts_off_checks()) {}
    ~keys_at_end() {
        if (active_) (void)db_.put_off_checks(false);
    }
    keys_at_end(const keys_at_end&) = delete;
    keys_at_end& operator=(const keys_at_end&) = delete;

    result<void> begin() { return active_ ? db_.put_off_checks(true) : result<void>(); }
    result<void> check() const {
        if (!active_ || !db_.has_pending_checks()) return {};
        return sqlite::constraint_error(SQLITE_CONSTRAINT_FOREIGNKEY,
                                        "FOREIGN KEY constraint failed", &schema_, 0);
    }

private:
    sqlite::database& db_;
    const schema::schema& schema_;
    const bool active_;
};

result<std::int64_t> run_parts(sqlite::database& db, const write_statement& statement,
                               const schema::schema& schema) {
    const auto& whole = *statement.plan;
    kept_rows rows(db);
    keys_at_end keys(db, whole, schema);
    if (auto begun = keys.begin(); !begun) return begun.error();
    const bool is_sum = std::ranges::all_of(
        whole.parts, [](const sql::plan_part& part) { return part.item != nullptr; });
    std::int64_t answer = 0;
    for (const auto& part : whole.parts) {
        const bool is_item = part.item != nullptr;
        auto done = run_plan(db, is_item ? *part.item : whole, statement.parameters,
                             is_item ? rows.of(part.rows) : statement.sink, schema);
        if (!done) return done;
        if (!is_item || (is_sum && part.changes)) answer += *done;
    }
    if (auto checked = keys.check(); !checked) return checked.error();
    return answer;
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
    if (!statement.plan->steps.empty() || !statement.plan->parts.empty()) return false;
    return statement.concrete ? statement.rows.size() <= 1 : statement.sink == nullptr;
}

result<statement_outcome> run_statement(sqlite::database& db, const write_statement& statement,
                                        const schema::schema& schema) {
    const auto& plan = *statement.plan;
    auto rows = statement.concrete ? run_concrete(db, statement, schema)
                : !plan.parts.empty()
                    ? run_parts(db, statement, schema)
                    : run_plan(db, plan, statement.parameters, statement.sink, schema);
    if (!rows) return rows.error();
    return statement_outcome{.rows_affected = *rows};
}

}  // namespace historyd::writer
