// session: statements that the session carries out itself. Transactions, settings, PREPARE.

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/session/session_impl.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sql/execute_arguments.hpp"

namespace historyd::session {

namespace {

completion tagged(std::string_view tag) {
    return {.tag = std::string(tag), .suspended = false, .silent = false};
}

// Some statements cannot be undone, so PostgreSQL refuses them inside a transaction.
result<void> outside_transaction(const transaction_fsm& block, std::string_view what) {
    if (!block.is_open()) return {};
    return sql_error(
        sqlstate::active_sql_transaction,
        std::string(what) + (block.is_in_block() ? " cannot run inside a transaction block"
                                                 : " cannot be executed within a pipeline"));
}

}  // namespace

prepared_statement session::impl::inside(const portal& outer, sql::raw_statement query) {
    prepared_statement out;
    out.raw = std::move(query);
    for (const auto& type : outer.statement->statement.parameters()) {
        out.declared_types.push_back(type.id);
    }
    out.parameters_fixed = true;
    return out;
}

void session::impl::notice(sql_error n) {
    if (n.severity == severity::error) n.severity = severity::notice;
    protocol::encode_notice(n, transport_->out());
}

void session::impl::warn_outside_block(std::string_view what) {
    if (block_.is_in_block()) return;
    notice(sql_error(sqlstate::no_active_sql_transaction,
                     std::string(what) + " can only be used in transaction blocks")
               .with_severity(severity::warning));
}

asio::awaitable<session::impl::outcome> session::impl::run_utility(portal& p, run_options options) {
    const auto statement = p.statement;  // the portal may go away underneath (CLOSE ALL)
    const auto& kind = statement->statement.kind;
    if (sql::runs_alone(kind)) {
        const auto tag = sql::command_tag(statement->statement.raw);
        if (auto allowed = outside_transaction(block_, tag); !allowed) co_return allowed.error();
    }
    if (const auto* s = std::get_if<sql::rollback_statement>(&kind)) co_return co_await on(*s);
    if (const auto* s = std::get_if<sql::savepoint_statement>(&kind)) co_return co_await on(*s);
    if (const auto* s = std::get_if<sql::release_statement>(&kind)) co_return co_await on(*s);
    if (const auto* s = std::get_if<sql::rollback_to_statement>(&kind)) co_return co_await on(*s);
    if (const auto* s = std::get_if<sql::set_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::reset_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::discard_statement>(&kind)) co_return co_await on(*s);
    if (const auto* s = std::get_if<sql::prepare_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::deallocate_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::close_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::declare_statement>(&kind)) co_return co_await on(*s, p);
    if (const auto* s = std::get_if<sql::show_statement>(&kind)) {
        co_return co_await on_show(p, options, *s);
    }
    if (const auto* s = std::get_if<sql::execute_statement>(&kind)) {
        co_return co_await on_execute(p, options, *s);
    }
    if (const auto* s = std::get_if<sql::explain_statement>(&kind)) {
        co_return co_await on_explain(p, options, *s);
    }
    if (const auto* s = std::get_if<sql::copy_statement>(&kind)) {
        co_return co_await on_copy(options, *s);
    }
    if (const auto* s = std::get_if<sql::fetch_statement>(&kind)) {
        co_return co_await on_fetch(p, options, *s);
    }
    if (const auto* s = std::get_if<sql::no_op_statement>(&kind)) co_return tagged(s->tag);
    if (const auto* s = std::get_if<sql::set_constraints_statement>(&kind)) {
        warn_outside_block("SET CONSTRAINTS");
        if (auto set = co_await sql_.set_constraints(*s); !set) co_return set.error();
        co_return tagged("SET CONSTRAINTS");
    }
    if (const auto* s = std::get_if<sql::listen_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::unlisten_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::notify_statement>(&kind)) co_return on(*s);
    if (const auto* s = std::get_if<sql::lock_statement>(&kind)) co_return co_await on_lock(*s);
    co_return unsupported(sql::command_tag(statement->statement.raw) + " is not supported");
}

asio::awaitable<session::impl::outcome> session::impl::on_lock(const sql::lock_statement& s) {
    if (!block_.is_in_block()) {
        co_return sql_error(sqlstate::no_active_sql_transaction,
                            "LOCK TABLE can only be used in transaction blocks");
    }
    for (const auto& [schema_name, table] : s.tables) {
        const auto id = sql_.find_class(schema_name, table);
        if (!id) co_return id.error();
        const auto schema = sql_.schema();
        if (schema->find_relation(*id) != nullptr) continue;
        const bool is_sequence = schema->find_sequence(*id) != nullptr;
        co_return sql_error(sqlstate::wrong_object_type, "cannot lock relation \"" + table + "\"")
            .with_detail(std::string("This operation is not supported for ") +
                         (is_sequence ? "sequences." : "indexes."));
    }
    // Every lock is the writer. A weak one would only keep tables from being dropped under a
    // transaction that reads.
    const auto writable = sql_.check_writable("LOCK TABLE");
    if (!s.weak && sql_.is_reader()) co_return writable.error();
    if (!s.weak || writable) {
        auto locked = co_await sql_.hold_writer(s.nowait);
        if (!locked && s.nowait && locked.error().sqlstate == sqlstate::lock_not_available) {
            co_return sql_error(
                sqlstate::lock_not_available,
                "could not obtain lock on relation \"" + s.tables.front().table + "\"");
        }
        if (!locked) co_return locked.error();
    }
    co_return tagged("LOCK TABLE");
}

asio::awaitable<session::impl::outcome> session::impl::apply(
    transaction_fsm::decision d, const sql::transaction_options* options) {
    if (d.warning) notice(*d.warning);
    if (d.commit) {
        auto committed = co_await materialise_held();
        if (committed) {
            committed = co_await sql_.commit();
        } else {
            co_await sql_.rollback();
        }
        end_portals(committed.has_value());
        if (!committed) {
            block_.commit_failed();
            co_return committed.error();
        }
    }
    if (d.rollback) {
        co_await sql_.rollback();
        end_portals(false);
    }
    if (d.begin) sql_.begin();
    if (options != nullptr) {
        if (auto set = set_characteristics(*options); !set) co_return set.error();
    }
    co_return tagged(d.tag);
}

result<void> session::impl::set_characteristics(const sql::transaction_options& options) {
    auto& settings = sql_.settings();
    const auto set = [&](std::string_view name, const std::string& v) {
        return settings.set(name, v, true);
    };
    if (options.isolation) {
        if (auto done = set("transaction_isolation", *options.isolation); !done)
            return done.error();
    }
    if (options.read_only) {
        if (auto done = set("transaction_read_only", *options.read_only ? "on" : "off"); !done) {
            return done.error();
        }
    }
    if (options.deferrable) {
        if (auto done = set("transaction_deferrable", *options.deferrable ? "on" : "off"); !done) {
            return done.error();
        }
    }
    return {};
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::begin_statement& s) {
    return apply(block_.begin(s.start), &s.options);
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::commit_statement& s) {
    // Cursors WITH HOLD read their rows before COMMIT, and have to see what was put off; a COMMIT
    // that is refused leaves it to be carried out.
    if (!store_.held_cursors().empty() || (s.chain && !in_explicit_block())) {
        if (auto settled = co_await settle(); !settled) co_return settled.error();
    }
    if (deferred_.empty()) {
        auto d = block_.commit(s.chain);
        if (!d) co_return d.error();
        co_return co_await apply(*d, nullptr);
    }
    bool ended = false;
    auto committed = co_await settle_and_commit(ended);
    if (!ended) co_return committed.error();
    auto d = block_.commit(s.chain);
    if (!d) co_return d.error();
    end_portals(committed.has_value());
    if (!committed) {
        block_.commit_failed();
        co_return committed.error();
    }
    d->commit = false;
    co_return co_await apply(*d, nullptr);
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::rollback_statement& s) {
    auto d = block_.rollback(s.chain);
    if (!d) co_return d.error();
    co_return co_await apply(*d, nullptr);
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::savepoint_statement& s) {
    auto depth = block_.savepoint(s.name);
    if (!depth) co_return depth.error();
    if (auto set = co_await sql_.savepoint(); !set) co_return set.error();
    co_return tagged("SAVEPOINT");
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::release_statement& s) {
    auto depth = block_.release(s.name);
    if (!depth) co_return depth.error();
    if (auto released = co_await sql_.release(*depth); !released) co_return released.error();
    co_return tagged("RELEASE");
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::rollback_to_statement& s) {
    auto depth = block_.rollback_to(s.name);
    if (!depth) co_return depth.error();
    store_.rollback_to_savepoint(*depth);
    if (auto back = co_await sql_.rollback_to(*depth); !back) co_return back.error();
    co_return tagged("ROLLBACK");
}

session::impl::outcome session::impl::on(const sql::set_statement& s) {
    const bool of_transaction = s.local && !s.assignments.empty() &&
                                s.assignments.front().first.starts_with("transaction_");
    if (s.local) {
        warn_outside_block(of_transaction ? "SET TRANSACTION" : "SET LOCAL");
        if (!block_.is_open()) return tagged("SET");
    }
    if (of_transaction && sql_.has_queried() &&
        s.assignments.front().first == "transaction_isolation") {
        return sql_error(sqlstate::active_sql_transaction,
                         "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    }
    auto& settings = sql_.settings();
    for (const auto& [name, text] : s.assignments) {
        auto set = text ? settings.set(name, *text, s.local) : settings.reset(name, s.local);
        if (!set) return set.error();
    }
    return tagged("SET");
}

session::impl::outcome session::impl::on(const sql::reset_statement& s) {
    if (!s.name) {
        sql_.settings().reset_all();
    } else if (auto reset = sql_.settings().reset(*s.name); !reset) {
        return reset.error();
    }
    return tagged("RESET");
}

asio::awaitable<session::impl::outcome> session::impl::on(const sql::discard_statement& s) {
    if (s.what == "ALL") {
        store_.remove_all_portals();
        store_.remove_all_statements();
        sql_.settings().reset_all();
        sql_.release_session_locks();
        sql_.unlisten(std::nullopt);
    }
    if (s.what == "ALL" || s.what == "TEMP") {
        if (auto dropped = co_await sql_.drop_temporary(); !dropped) co_return dropped.error();
    }
    co_return tagged("DISCARD " + s.what);
}

session::impl::outcome session::impl::on(const sql::prepare_statement& s) {
    auto statement = std::make_shared<named_statement>();
    statement->from_sql = true;
    statement->created_us = sql_.command_started_us();
    statement->statement.raw = s.query;
    statement->statement.declared_types = s.types;
    if (auto ready = sql_.prepare(statement->statement); !ready) return ready.error();
    if (auto added = store_.add_statement(s.name, std::move(statement)); !added) {
        return added.error();
    }
    return tagged("PREPARE");
}

session::impl::outcome session::impl::on(const sql::deallocate_statement& s) {
    if (!s.name) {
        store_.remove_all_statements();
        return tagged("DEALLOCATE ALL");
    }
    if (!store_.remove_statement(*s.name)) {
        return sql_error(sqlstate::invalid_sql_statement_name,
                         "prepared statement \"" + *s.name + "\" does not exist");
    }
    return tagged("DEALLOCATE");
}

std::optional<std::vector<std::string>> session::impl::live_columns(
    const sql::show_statement& s) const {
    if (!s.name || engine_.live == nullptr) return std::nullopt;
    return engine_.live->shown_columns(*s.name);
}

asio::awaitable<session::impl::outcome> session::impl::on_show(portal& p, run_options options,
                                                               const sql::show_statement& s) {
    std::vector<std::vector<value>> rows;
    auto& settings = sql_.settings();
    if (live_columns(s)) {
        rows = engine_.live->rows(*s.name, *sql_.make_context());
    } else if (s.name) {
        auto text = settings.show(*s.name);
        if (!text) co_return text.error();
        rows.push_back({std::move(*text)});
    } else {
        for (const auto& definition : settings::all()) {
            auto text = settings.show(definition.name);
            if (!text) co_return text.error();
            rows.push_back({std::string(definition.name), std::move(*text),
                            std::string(definition.description)});
        }
    }
    co_return co_await run_text_rows(p, options, std::move(rows), "SHOW");
}

asio::awaitable<result<std::vector<value>>> session::impl::execute_arguments(
    const portal& p, const sql::execute_statement& s, const prepared_statement& target) {
    const auto& types = target.plan->parameters;
    if (s.arguments.size() != types.size()) {
        co_return sql_error(sqlstate::syntax_error,
                            "wrong number of parameters for prepared statement \"" + s.name + "\"")
            .with_detail("Expected " + std::to_string(types.size()) + " parameters but got " +
                         std::to_string(s.arguments.size()) + ".");
    }
    if (types.empty()) co_return std::vector<value>{};
    prepared_statement select;
    select.raw = sql::arguments_as_select(p.statement->statement.raw, s.arguments, types);
    select.parameters_fixed = true;  // not even Bind's are there
    if (auto ready = sql_.prepare_once(select); !ready) co_return ready.error();
    value_rows row;
    const auto mode = block_.is_open() ? run_mode::in_transaction : run_mode::autocommit;
    const reader::fetch_limits all{.rows = 0, .bytes = SIZE_MAX};
    std::vector<value> none;
    auto ran = co_await sql_.execute(select, std::move(none), row, all, mode);
    if (!ran) co_return ran.error();
    co_return std::move(row.rows.at(0));
}

asio::awaitable<session::impl::outcome> session::impl::on_execute(portal& p, run_options options,
                                                                  const sql::execute_statement& s) {
    auto found = store_.find_statement(s.name);
    if (!found) co_return found.error();
    const auto target = *found;
    if (auto runnable = check_runnable(target->statement.kind); !runnable) {
        co_return runnable.error();
    }
    portal inner;
    inner.statement = target;
    inner.formats = p.formats;
    inner.savepoint_depth = p.savepoint_depth;
    if (target->statement.plan) {
        auto arguments = co_await execute_arguments(p, s, target->statement);
        if (!arguments) co_return arguments.error();
        inner.parameters = std::move(*arguments);
    }
    options.max_rows = 0;
    co_return co_await run(inner, options);
}

}  // namespace historyd::session
