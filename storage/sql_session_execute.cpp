// sql_session: where a statement runs. The rules are storage/DESIGN.md's "Interactive
// transactions".

#include <algorithm>

#include "storage/base/value_rows.hpp"
#include "storage/catalog/stored_rows.hpp"
#include "storage/concrete_rows.hpp"
#include "storage/sql_session.hpp"

namespace historyd {

namespace {

constexpr reader::fetch_limits one_row{.rows = 1, .bytes = SIZE_MAX};

// A request for a text of the plan's. Requests are named before they are awaited: g++ 12 destroys
// temporaries with braces in a co_await expression twice.
reader::read_request read_request(const sql::plan_ptr& plan, const std::string& text,
                                  std::vector<value> parameters, sqlite::context_ptr context) {
    return {.sql = std::shared_ptr<const std::string>(plan, &text),
            .parameters = std::move(parameters),
            .context = std::move(context)};
}

// Rows of EXPLAIN QUERY PLAN: id, parent, notused, detail.
std::vector<plan_step> steps_below(std::int64_t parent,
                                   const std::vector<std::vector<value>>& rows) {
    std::vector<plan_step> out;
    for (const auto& values : rows) {
        const catalog::stored_row row(values);
        if (row.integer(1) == parent && row.integer(0) != parent) {
            out.push_back({.detail = row.text(3), .steps = steps_below(row.integer(0), rows)});
        }
    }
    return out;
}

}  // namespace

asio::awaitable<result<execution>> sql_session::execute(prepared_statement& statement,
                                                        std::vector<value> parameters,
                                                        row_sink& sink, limits l, run_mode mode) {
    if (auto current = refresh(statement, false); !current) co_return current.error();
    if (auto allowed = check_writable(*statement.plan); !allowed) co_return allowed.error();
    const auto plan = statement.plan;
    if (auto taken = check_outbox(*plan); !taken) co_return taken.error();
    const bool writes = !plan->is_select();
    made_temporary_ = made_temporary_ || plan->temporary;
    for (const auto& notice : plan->notices) notices_.push_back(notice);

    if (mode == run_mode::autocommit && !transaction_) {
        if (writes && (plan->on_commit || !commit_actions_.empty())) {
            co_return co_await run_alone(statement, parameters, sink);
        }
        if (writes) co_return co_await run_unit(statement, parameters, sink);
        if (asks_backend(*plan)) {
            auto answered = co_await read_backend(statement, parameters, sink, l);
            if (answered) co_return *std::move(answered);
        }
        auto done = co_await run_read(plan, parameters, sink, l);
        for (int attempt = 1; !done && attempt < stale_attempts_max && sink.bytes() == 0 &&
                              statement.plan->schema_epoch != engine_.schema()->epoch;
             ++attempt) {
            // The schema changed between translation and snapshot: that error was ours.
            if (auto current = refresh(statement, false); !current) co_return current.error();
            done = co_await run_read(statement.plan, parameters, sink, l);
        }
        if (done && plan->moves_sequences) {
            if (auto stored = co_await store_sequences(); !stored) co_return stored.error();
        }
        end_transaction_locks();
        co_return done;
    }

    transaction_->has_queried = true;
    if (plan->moves_sequences) transaction_->wrote_sequences = true;
    co_return co_await run_in_transaction(statement, std::move(parameters), sink, l);
}

asio::awaitable<result<execution>> sql_session::run_in_transaction(prepared_statement& statement,
                                                                   std::vector<value> parameters,
                                                                   row_sink& sink, limits l) {
    const auto plan = statement.plan;
    if (!transaction_->lease) {
        if (plan->is_select() && !plan->locking && !reads_kept(*plan)) {
            if (asks_backend(*plan)) {
                auto answered = co_await read_backend(statement, parameters, sink, l);
                if (answered) co_return *std::move(answered);
            }
            co_return co_await run_read(plan, std::move(parameters), sink, l);
        }
        if (plan->insert && plan->insert->keepable && commit_actions_.empty() &&
            !wants_to_know_now(*plan->insert)) {
            co_return co_await keep(statement, parameters, sink);
        }
        auto taken = co_await take_lease(!plan->locked_at_once.empty());
        if (!taken && !plan->locked_at_once.empty() &&
            taken.error().sqlstate == sqlstate::lock_not_available) {
            co_return sql_error(
                sqlstate::lock_not_available,
                "could not obtain lock on row in relation \"" + plan->locked_at_once + "\"");
        }
        if (!taken) co_return taken.error();
        if (auto current = refresh(statement, false); !current) co_return current.error();
    }
    co_return co_await run_on_lease(statement.plan, std::move(parameters), sink);
}

// Who sets a savepoint means to go on where a key is taken: not to hear of another transaction's at
// COMMIT.
bool sql_session::wants_to_know_now(const sql::concrete_insert& insert) const {
    return !transaction_->savepoints.empty() && !insert.unique_keys.empty();
}

asio::awaitable<result<std::vector<plan_step>>> sql_session::explain(
    prepared_statement& statement) {
    const auto plan = statement.plan;
    std::vector<std::string> texts;
    if (plan->parts.empty()) texts.push_back(plan->sql);
    for (const auto& part : plan->parts) {
        texts.push_back(part.item == nullptr ? plan->sql : part.item->sql);
    }
    std::vector<plan_step> steps;
    for (const auto& text : texts) {
        value_rows rows;
        reader::read_request request{
            .sql = std::make_shared<const std::string>("EXPLAIN QUERY PLAN " + text),
            .parameters = std::vector<value>(plan->parameters.size()),
            .context = make_context()};
        auto opened = co_await engine_.readers().open(std::move(request), rows, reader::unlimited);
        if (!opened) co_return opened.error();
        std::ranges::move(steps_below(0, rows.rows), std::back_inserter(steps));
    }
    co_return steps;
}

bool sql_session::reads_kept(const sql::plan& plan) const {
    const auto is_read = [&](const auto& insert) {
        return std::ranges::find(plan.reads, insert.statement.plan->target) != plan.reads.end();
    };
    return std::ranges::any_of(transaction_->kept, is_read) ||
           std::ranges::any_of(transaction_->deferred, is_read);
}

asio::awaitable<result<execution>> sql_session::run_read(const sql::plan_ptr& plan,
                                                         std::vector<value> parameters,
                                                         row_sink& sink, limits l) {
    const reader::snapshot* in = nullptr;
    if (transaction_ && is_snapshot_isolation()) {
        if (!transaction_->snapshot) {
            transaction_->snapshot_commit_count = engine_.writes().commit_count();
            auto snapshot = co_await engine_.readers().begin_snapshot();
            if (!snapshot) co_return snapshot.error();
            transaction_->snapshot = std::move(*snapshot);
        }
        in = &transaction_->snapshot;
    }
    const auto mark = sink.bytes();
    auto context = make_context(plan->shows_session);
    auto request = read_request(plan, plan->sql, std::move(parameters), context);
    request.brief = plan->brief;
    const bool may_wait = plan->has_side_effects;
    auto again = may_wait ? request : reader::read_request{};
    auto opened = co_await engine_.readers().open(std::move(request), sink, l, in);
    note_locks(*context);
    while (!opened && may_wait && context->session_effects->awaited_lock) {
        sink.rewind(mark);
        if (auto waited = co_await wait_for_lock(context); !waited) co_return waited.error();
        opened = co_await engine_.readers().open(again, sink, l, in);
        note_locks(*context);
    }
    if (!opened) co_return opened.error();
    if (auto applied = apply_effects(*context); !applied) co_return applied.error();
    auto effects = may_wait ? context : nullptr;
    co_return execution{.rows = opened->first.rows,
                        .affected = 0,
                        .cursor = {std::move(opened->cursor), nullptr, std::move(effects)}};
}

asio::awaitable<result<execution>> sql_session::fetch(statement_cursor& cursor, row_sink& sink,
                                                      limits l) {
    result<reader::fetched> fetched;
    if (cursor.there) {
        fetched = co_await cursor.there->fetch(sink, l);
    } else {
        fetched = co_await engine_.readers().fetch(cursor.here, sink, l);
    }
    if (!fetched) co_return fetched.error();
    if (cursor.effects) {
        if (auto applied = apply_effects(*cursor.effects); !applied) co_return applied.error();
    }
    if (fetched->done) cursor = {};
    co_return execution{.rows = fetched->rows, .affected = 0, .cursor = {}};
}

asio::awaitable<result<execution>> sql_session::run_unit(prepared_statement& statement,
                                                         const std::vector<value>& parameters,
                                                         row_sink& sink) {
    const auto mark = sink.bytes();
    for (int attempt = 1;; ++attempt) {
        const auto plan = statement.plan;
        auto context = make_context(plan->shows_session);
        writer::write_unit unit{
            .statements = {}, .context = context, .schema_epoch = plan->schema_epoch};
        auto write = write_of(plan, parameters, *context, sink);
        if (!write) co_return write.error();
        unit.statements.push_back(std::move(*write));
        auto outcome = co_await engine_.writes().submit(std::move(unit));
        note_locks(*context);
        if (!context->session_effects->awaited_lock) end_transaction_locks();
        if (outcome) {
            if (auto applied = apply_effects(*context); !applied) co_return applied.error();
            co_await await_backend(outcome->outbox_seq);
            const auto affected = outcome->statements.at(0).rows_affected;
            co_return execution{
                .rows = plan->returns_rows ? static_cast<std::uint64_t>(affected) : 0,
                .affected = affected,
                .cursor = {}};
        }
        sink.rewind(mark);
        if (context->session_effects->awaited_lock) {
            if (auto waited = co_await wait_for_lock(context); !waited) co_return waited.error();
            --attempt;
            continue;
        }
        if (outcome.error().sqlstate != writer::stale_plan_sqlstate ||
            attempt == stale_attempts_max) {
            co_return outcome.error();
        }
        if (auto current = refresh(statement, false); !current) co_return current.error();
    }
}

asio::awaitable<result<execution>> sql_session::run_on_lease(const sql::plan_ptr& plan,
                                                             std::vector<value> parameters,
                                                             row_sink& sink) {
    auto context = make_context(plan->shows_session);
    const auto mark = sink.bytes();
    result<writer::statement_outcome> outcome;
    do {
        auto write = write_of(plan, parameters, *context, sink);
        if (!write) co_return write.error();
        outcome = co_await transaction_->lease.execute(std::move(*write), context);
        note_locks(*context);
        if (outcome) break;
        sink.rewind(mark);
        if (!context->session_effects->awaited_lock) co_return outcome.error();
        if (auto waited = co_await wait_for_lock(context); !waited) co_return waited.error();
    } while (true);
    if (auto applied = apply_effects(*context); !applied) co_return applied.error();
    if (plan->on_commit) commit_actions_.push_back(*plan->on_commit);
    co_return execution{
        .rows = plan->returns_rows ? static_cast<std::uint64_t>(outcome->rows_affected) : 0,
        .affected = outcome->rows_affected,
        .cursor = {}};
}

asio::awaitable<result<void>> sql_session::insert_rows(const prepared_statement& insert,
                                                       std::vector<std::vector<value>> parameters) {
    const auto plan = insert.plan;
    writer::write_statement write{
        .plan = plan, .parameters = {}, .concrete = true, .rows = {}, .sink = nullptr};
    if (!plan->insert || !plan->insert->keepable) {
        // CHECK or FOREIGN KEY constraints, generated columns: one statement a row.
        for (auto& row : parameters) {
            value_rows nothing;
            auto done = co_await run_on_lease(plan, std::move(row), nothing);
            if (!done) co_return done.error();
        }
        co_return result<void>{};
    }
    auto context = make_context();
    write.rows.reserve(parameters.size());
    for (auto& row : parameters) {
        // What needs no SQL is evaluated here: a coroutine and a context a row are dear.
        result<rows_of_values> evaluated;
        if (plan->insert->rows.empty()) {
            evaluated = co_await evaluate(plan, row, context);
        } else {
            evaluated = evaluate_concrete(*plan, row, *context);
        }
        if (!evaluated) co_return evaluated.error();
        write.rows.insert(write.rows.end(), std::make_move_iterator(evaluated->begin()),
                          std::make_move_iterator(evaluated->end()));
    }
    auto done = co_await transaction_->lease.execute(std::move(write), std::move(context));
    if (!done) co_return done.error();
    co_return result<void>{};
}

asio::awaitable<result<execution>> sql_session::keep(const prepared_statement& statement,
                                                     const std::vector<value>& parameters,
                                                     row_sink& sink) {
    const auto plan = statement.plan;
    const auto context = make_context();
    auto rows = co_await evaluate(plan, parameters, context);
    if (!rows) co_return rows.error();
    auto keys = co_await check_unique(plan, *rows, context);
    if (!keys) co_return keys.error();
    if (auto emitted = co_await emit_returning(plan, *rows, context, sink); !emitted) {
        co_return emitted.error();
    }
    if (auto applied = apply_effects(*context); !applied) co_return applied.error();
    auto& t = *transaction_;
    const auto count = static_cast<std::int64_t>(rows->size());
    t.kept_keys.insert(keys->begin(), keys->end());
    t.kept.push_back({statement, std::move(*rows), std::move(*keys)});
    co_return execution{.rows = plan->returns_rows ? static_cast<std::uint64_t>(count) : 0,
                        .affected = count,
                        .cursor = {}};
}

asio::awaitable<result<sql_session::rows_of_values>> sql_session::evaluate(
    const sql::plan_ptr& plan, const std::vector<value>& parameters,
    const sqlite::context_ptr& context) {
    if (!plan->insert->rows.empty()) co_return evaluate_concrete(*plan, parameters, *context);
    value_rows sink;
    auto request = read_request(plan, plan->insert->evaluate_sql, parameters, context);
    request.brief = plan->insert->brief;
    auto opened = co_await engine_.readers().open(std::move(request), sink, reader::unlimited);
    if (!opened) co_return opened.error();
    if (auto applied = apply_effects(*context); !applied) co_return applied.error();
    auto rows = std::move(sink.rows);
    if (auto checked = check_not_null(*plan, rows, *context); !checked) co_return checked.error();
    co_return rows;
}

asio::awaitable<result<void>> sql_session::emit_returning(const sql::plan_ptr& plan,
                                                          const rows_of_values& rows,
                                                          const sqlite::context_ptr& context,
                                                          row_sink& sink) {
    if (!plan->returns_rows || !plan->insert) co_return result<void>{};
    const auto& insert = *plan->insert;
    if (insert.returning_sql.empty()) co_return give_columns(insert, rows, sink);
    for (const auto& row : rows) {
        auto request = read_request(plan, insert.returning_sql, row, context);
        auto opened = co_await engine_.readers().open(std::move(request), sink, reader::unlimited);
        if (!opened) co_return opened.error();
    }
    co_return result<void>{};
}

asio::awaitable<result<std::vector<std::string>>> sql_session::check_unique(
    const sql::plan_ptr& plan, const rows_of_values& rows, const sqlite::context_ptr& context) {
    std::vector<std::string> keys;
    std::unordered_set<std::string_view> own;
    keys.reserve(rows.size() * plan->insert->unique_keys.size());
    for (const auto& row : rows) {
        for (const auto& key : plan->insert->unique_keys) {
            auto text = unique_key_text(*plan, key, row);
            if (text.empty()) continue;
            if (transaction_->kept_keys.contains(text) || own.contains(text)) {
                co_return duplicate_key(*plan, key, row, *context);
            }
            keys.push_back(std::move(text));
            own.insert(keys.back());

            std::vector<value> parameters;
            for (const auto position : key.columns) parameters.push_back(row[position]);
            value_rows found;
            auto request = read_request(plan, key.exists_sql, std::move(parameters), context);
            request.brief = true;
            auto opened = co_await engine_.readers().open(std::move(request), found, one_row);
            if (!opened) co_return opened.error();
            if (!found.rows.empty()) co_return duplicate_key(*plan, key, row, *context);
        }
    }
    co_return keys;
}

}  // namespace historyd
