// session: the simple query flow (PostgreSQL documentation, "Simple Query").

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/session/session_impl.hpp"

namespace historyd::session {

namespace {

bool controls_transaction(const sql::statement& kind) {
    return std::holds_alternative<sql::begin_statement>(kind) ||
           std::holds_alternative<sql::commit_statement>(kind) ||
           std::holds_alternative<sql::rollback_statement>(kind) ||
           std::holds_alternative<sql::savepoint_statement>(kind) ||
           std::holds_alternative<sql::release_statement>(kind) ||
           std::holds_alternative<sql::rollback_to_statement>(kind);
}

}  // namespace

// `text` is the client's message: what comes after COPY's data may not look at it any more.
asio::awaitable<result<void>> session::impl::simple_query(std::string_view text) {
    start_command();
    store_.remove_statement("");
    store_.remove_portal("");
    if (auto lifted = sql_.lift(text)) co_return co_await lifted_query(std::move(*lifted), text);
    auto parsed = sql_.parse(text);
    if (!parsed) co_return parsed.error();
    const auto statements = *parsed;  // keeps the trees alive
    if (statements->empty()) {
        protocol::empty_query_response{}.encode(transport_->out());
        co_return result<void>{};
    }
    for (std::size_t i = 0; i < statements->size(); ++i) {
        const auto& statement = (*statements)[i];
        const bool last = i + 1 == statements->size();
        auto mode = run_mode::in_transaction;
        if (block_.state() == transaction_fsm::block::idle &&
            !controls_transaction(statement.kind)) {
            if (statements->size() == 1) {
                mode = run_mode::autocommit;
            } else if (block_.enter_implicit(transaction_fsm::origin::string)) {
                sql_.begin();
            }
        }
        const bool implicit = block_.state() == transaction_fsm::block::implicit;
        more_follows_ = !last || implicit;
        auto done = co_await simple_statement(statement, mode);
        more_follows_ = false;
        if (!done) co_return done.error();
        if (statements->size() == 1) sql_.learn(statement.raw);
        // The last statement is not complete before its transaction is (exec_simple_query).
        if (last && block_.state() == transaction_fsm::block::implicit) {
            if (auto committed = co_await commit_implicit(); !committed)
                co_return committed.error();
        }
        if (!done->silent) protocol::command_complete{done->tag}.encode(transport_->out());
    }
    co_return result<void>{};
}

asio::awaitable<result<void>> session::impl::lifted_query(lifted_statement lifted,
                                                          std::string_view text) {
    if (auto usable = block_.check_usable(); !usable) co_return usable.error();
    auto statement = std::make_shared<named_statement>();
    statement->statement = std::move(lifted.statement);
    const bool idle = block_.state() == transaction_fsm::block::idle;
    const auto mode = idle ? run_mode::autocommit : run_mode::in_transaction;
    auto done = co_await run_simple(std::move(statement), std::move(lifted.parameters), text, mode);
    if (!done) co_return done.error();
    if (!done->silent) protocol::command_complete{done->tag}.encode(transport_->out());
    co_return result<void>{};
}

asio::awaitable<session::impl::outcome> session::impl::simple_statement(
    const sql::parsed_statement& parsed, run_mode mode) {
    if (auto runnable = check_runnable(parsed.kind); !runnable) co_return runnable.error();
    auto statement = std::make_shared<named_statement>();
    statement->statement.raw = parsed.raw;
    statement->statement.kind = parsed.kind;
    statement->statement.parameters_fixed = true;
    if (auto prepared = sql_.prepare(statement->statement); !prepared) co_return prepared.error();
    co_return co_await run_simple(std::move(statement), {}, parsed.raw.text(), mode);
}

asio::awaitable<session::impl::outcome> session::impl::run_simple(named_statement_ptr statement,
                                                                  std::vector<value> parameters,
                                                                  std::string_view text,
                                                                  run_mode mode) {
    portal p;
    p.statement = std::move(statement);
    p.parameters = std::move(parameters);
    p.savepoint_depth = sql_.savepoint_depth();
    const run_options options{.max_rows = 0, .describe = true, .mode = mode};
    const auto running = watch(kind_of(p.statement->statement), text);
    auto done = co_await run(p, options);
    if (done && !done->deferred) succeeded(running);
    if (done) send_notices();
    co_return done;
}

}  // namespace historyd::session
