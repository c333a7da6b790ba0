#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/session/idle_timer.hpp"
#include "proxy/session/portal.hpp"
#include "proxy/session/session.hpp"
#include "proxy/session/session_fsm.hpp"
#include "proxy/session/transaction_fsm.hpp"
#include "storage/sql_session.hpp"
#include "storage/types/copy_format.hpp"

namespace historyd::session {

namespace asio = boost::asio;

// What one run of a portal came to.
struct completion {
    std::string tag;
    bool suspended = false;  // the row limit was reached: PortalSuspended instead of the tag
    bool silent = false;     // COPY and others that have answered for themselves
    bool deferred = false;   // put off: counted when it has run
};

// CommandComplete's text.
std::string tag_of(const sql::plan& plan, std::uint64_t count);

// How a statement's rows are wanted.
struct run_options {
    std::uint64_t max_rows = 0;  // 0: all
    bool describe = false;       // RowDescription first (simple query)
    run_mode mode = run_mode::in_transaction;
};

// The driver of one session: takes messages from the transport, asks the state machines what they
// mean, carries it out on the SQL session, writes the answers. One member function per message or
// statement kind, in simple_query.cpp, extended_query.cpp, run_plan.cpp, deferred.cpp, utility.cpp,
// notify.cpp, cursor.cpp and copy.cpp.
class session::impl : public std::enable_shared_from_this<session::impl> {
public:
    impl(engine& e, statement_log& log, asio::any_io_executor executor,
         const session_parameters& parameters);

    asio::awaitable<void> run(transport& t);
    void cancel() { sql_.cancel(); }
    void terminate();
    // Something has come for this session, which listens. On its executor.
    void notified();
    const historyd::session::activity& activity() const { return activity_; }

private:
    using outcome = result<completion>;

    // session.cpp
    result<void> apply_startup_settings();
    void greet();
    // Each of these returns false when the session is over.
    asio::awaitable<bool> begin();
    asio::awaitable<bool> make_ready();
    asio::awaitable<bool> take_message();
    bool is_ready();
    bool must_flush() const;
    // Messages that are answered without waiting for anything, and the others.
    result<bool> answer(step s, const frame_view& frame);
    asio::awaitable<result<bool>> carry_out(step s, const frame_view& frame);
    asio::awaitable<bool> message_failed(const result<bool>& taken);
    asio::awaitable<bool> input_ended(const result<frame_view>& frame);
    asio::awaitable<void> end(sql_error why);
    std::unique_ptr<idle_timer> idle_limit();  // nullptr: none
    // Sends the ErrorResponse and takes the transaction where PostgreSQL would. What was put off
    // comes first, and its error, if any, instead.
    asio::awaitable<void> fail(sql_error error);
    asio::awaitable<void> abort_statement(const sql_error& error);
    asio::awaitable<result<void>> sync();
    // The end of the implicit transaction. On an error it is over too, or, when a statement that
    // was put off failed, still to be aborted. Requires: there is one.
    asio::awaitable<result<void>> commit_implicit();
    void send_notices();
    void ready_for_query();
    void end_portals(bool committed);
    void start_command();

    // A statement that runs: for pg_stat_activity and the statement_log.
    struct watched {
        statement_kind kind;
        std::string_view text;
        std::chrono::steady_clock::time_point started;
    };
    watched watch(statement_kind kind, std::string_view text);
    void succeeded(const watched& statement);

    // simple_query.cpp
    asio::awaitable<result<void>> simple_query(std::string_view text);
    asio::awaitable<result<void>> lifted_query(lifted_statement lifted, std::string_view text);
    asio::awaitable<outcome> simple_statement(const sql::parsed_statement& parsed, run_mode mode);
    // `text`: as the client wrote it.
    asio::awaitable<outcome> run_simple(named_statement_ptr statement,
                                        std::vector<value> parameters, std::string_view text,
                                        run_mode mode);

    // extended_query.cpp
    result<void> parse(std::string_view body);
    result<void> bind(std::string_view body);
    result<void> describe(std::string_view body);
    asio::awaitable<result<void>> execute(std::string_view body);
    result<void> close(std::string_view body);
    result<std::optional<std::vector<sql::result_column>>> columns_of(
        const named_statement& statement) const;
    void row_description(const std::vector<sql::result_column>& columns,
                         const std::vector<format>& formats);
    result<void> check_runnable(const sql::statement& kind) const;

    // run_plan.cpp
    asio::awaitable<outcome> run(portal& p, run_options options);
    asio::awaitable<outcome> settle_and_run(portal& p, run_options options);
    asio::awaitable<outcome> run_settled(portal& p, run_options options);
    asio::awaitable<outcome> run_whole(portal& p, run_options options);
    asio::awaitable<outcome> run_paged(portal& p, run_options options);
    // Makes at least `wanted` rows ready in the page, or all there are.
    asio::awaitable<result<void>> fill_page(portal& p, std::uint64_t wanted, run_mode mode);
    result<void> send_rows(const std::vector<sql::result_column>& columns,
                           const std::vector<std::int16_t>& formats,
                           const std::vector<std::vector<value>>& rows, std::size_t from,
                           std::size_t to);
    // A result that historyd makes up itself (SHOW, EXPLAIN): text columns.
    asio::awaitable<outcome> run_text_rows(portal& p, run_options options,
                                           std::vector<std::vector<value>> rows, std::string tag);

    // deferred.cpp
    bool can_defer(const portal& p, run_options options) const;
    outcome defer(portal& p, run_options options);
    // Carries out what was put off and puts the answers where they belong. On a statement's error
    // the answers of what came after it are dropped, as if those messages had been skipped.
    asio::awaitable<result<void>> settle();
    // The same, and COMMIT. Sets `ended` when the transaction is over, whatever became of it.
    asio::awaitable<result<void>> settle_and_commit(bool& ended);
    result<void> place_answers(deferred_outcome ran);
    // Settles when the client waits, or when enough has gathered.
    bool must_settle() const;

    // utility.cpp
    asio::awaitable<outcome> run_utility(portal& p, run_options options);
    asio::awaitable<outcome> apply(transaction_fsm::decision d,
                                   const sql::transaction_options* options);
    result<void> set_characteristics(const sql::transaction_options& options);
    asio::awaitable<outcome> on(const sql::begin_statement& s);
    asio::awaitable<outcome> on(const sql::commit_statement& s);
    asio::awaitable<outcome> on(const sql::rollback_statement& s);
    asio::awaitable<outcome> on(const sql::savepoint_statement& s);
    asio::awaitable<outcome> on(const sql::release_statement& s);
    asio::awaitable<outcome> on(const sql::rollback_to_statement& s);
    outcome on(const sql::set_statement& s);
    outcome on(const sql::reset_statement& s);
    asio::awaitable<outcome> on(const sql::discard_statement& s);
    outcome on(const sql::prepare_statement& s);
    outcome on(const sql::deallocate_statement& s);
    // The columns of SHOW sessions and its like; nullopt for a setting.
    std::optional<std::vector<std::string>> live_columns(const sql::show_statement& s) const;
    asio::awaitable<outcome> on_show(portal& p, run_options options, const sql::show_statement& s);
    asio::awaitable<outcome> on_execute(portal& p, run_options options,
                                        const sql::execute_statement& s);
    asio::awaitable<outcome> on_explain(portal& p, run_options options,
                                        const sql::explain_statement& s);
    asio::awaitable<result<std::vector<value>>> execute_arguments(const portal& p,
                                                                  const sql::execute_statement& s,
                                                                  const prepared_statement& target);
    asio::awaitable<outcome> on_lock(const sql::lock_statement& s);
    // A query inside a statement, with the parameters of that.
    static prepared_statement inside(const portal& outer, sql::raw_statement query);
    void notice(sql_error n);
    void warn_outside_block(std::string_view what);

    // notify.cpp
    outcome on(const sql::listen_statement& s);
    outcome on(const sql::unlisten_statement& s);
    outcome on(const sql::notify_statement& s);
    void send_notifications();
    sql_error termination() const;

    // cursor.cpp
    asio::awaitable<outcome> on(const sql::declare_statement& s, const portal& outer);
    asio::awaitable<outcome> on_fetch(portal& outer, run_options options,
                                      const sql::fetch_statement& s);
    outcome on(const sql::close_statement& s);
    // Before COMMIT: cursors WITH HOLD read all their rows.
    asio::awaitable<result<void>> materialise_held();

    // copy.cpp
    asio::awaitable<outcome> on_copy(run_options options, const sql::copy_statement& given);
    asio::awaitable<outcome> copy_out(run_options options, const sql::copy_statement& s,
                                      const types::copy_options& format);
    asio::awaitable<outcome> copy_in(const sql::copy_statement& s,
                                     const types::copy_options& format);
    asio::awaitable<result<prepared_statement>> prepare_copy_insert(const sql::copy_statement& s);
    result<void> take_copy_rows(types::copy_reader& reader, const prepared_statement& insert,
                                const sql::copy_statement& s,
                                std::vector<std::vector<value>>& batch);

    bool in_explicit_block() const {
        return block_.state() == transaction_fsm::block::explicit_ ||
               block_.state() == transaction_fsm::block::failed;
    }

    engine& engine_;
    statement_log& log_;
    const asio::any_io_executor executor_;
    const session_parameters& parameters_;
    historyd::session::activity activity_;
    statement_kind kind_ = statement_kind::other;  // of the statement that runs
    std::atomic<bool> terminated_{false};
    bool overran_ = false;  // terminated for that: notifications were left unread
    bool idle_ = true;      // neither a message is being answered, nor a transaction open
    sql_session sql_;
    transport* transport_ = nullptr;  // set for the duration of run()
    session_fsm messages_;
    transaction_fsm block_;
    statement_store store_;

    // A statement that was put off, and where in the output its rows and tag belong.
    struct deferred_answer {
        std::size_t at = 0;
        sql::plan_ptr plan;
        std::vector<format> formats;
        bool describe = false;
        std::unique_ptr<row_encoder> rows;
        named_statement_ptr statement;  // keeps the text of `watched`
        watched watch;
    };
    std::vector<deferred_answer> deferred_;
    // Statements that Parse made since the first of them, and how many were put off by then.
    std::vector<std::pair<std::size_t, std::string>> parsed_meanwhile_;
    bool more_follows_ = false;  // in a simple query: more statements, or the implicit COMMIT
};

}  // namespace historyd::session
