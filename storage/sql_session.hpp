#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "storage/backend_rows.hpp"
#include "storage/engine.hpp"
#include "storage/settings/settings.hpp"
#include "storage/sql/translate.hpp"

namespace historyd {

namespace asio = boost::asio;

// Who a session is, for current_user, pg_stat_activity and the like.
struct session_identity {
    std::string user, database, client_address;
    std::int32_t client_port = -1;
    std::int32_t process_id = 0;
    bool read_only = false;
};

// A statement as PREPARE or Parse leaves it. The plan follows the schema: refresh() makes it anew.
struct prepared_statement {
    sql::raw_statement raw;
    sql::statement kind;
    std::vector<types::oid> declared_types;           // as the client gave them
    bool parameters_fixed = false;                    // there are no others than the declared ones
    sql::plan_ptr plan;                               // optimizable statements and DDL
    std::vector<types::type_ref> utility_parameters;  // of a statement without a plan

    // The types of $1 and so on.
    const std::vector<types::type_ref>& parameters() const {
        return plan ? plan->parameters : utility_parameters;
    }
};

// A statement and the parameters it was sent with.
struct lifted_statement {
    prepared_statement statement;
    std::vector<value> parameters;
};

// A statement that has more rows, in the file or on the backend. Move-only.
struct statement_cursor {
    reader::cursor here;
    std::shared_ptr<backend_rows> there;
    sqlite::context_ptr effects;  // of a statement that has any: applied after each fetch
    explicit operator bool() const { return static_cast<bool>(here) || there != nullptr; }
};

// What running (a part of) a statement gave.
struct execution {
    std::uint64_t rows = 0;     // added to the sink by this call
    std::int64_t affected = 0;  // rows changed by a write
    statement_cursor cursor;    // set while the statement has more rows
};

// What became of statements that were put off, in their order.
struct deferred_outcome {
    std::vector<execution> done;       // those that succeeded
    std::optional<sql_error> failure;  // of the next one; of COMMIT when all are done
};

// How far a statement may be deferred or must be carried at once.
enum class run_mode : std::uint8_t {
    autocommit,      // a transaction of its own: durable when execute() returns
    in_transaction,  // part of the open transaction
};

// A step of SQLite's plan, and those it is made of.
struct plan_step {
    std::string detail;
    std::vector<plan_step> steps;
};

// The SQL side of one client session: settings, transaction, and where each statement runs (reader,
// writer's queue, or the writer itself; storage/DESIGN.md). Used on the session's I/O thread only;
// coroutines resume there.
class sql_session {
public:
    sql_session(engine& e, session_identity identity);
    ~sql_session();

    // What the session has prepared and which cursors it has open; may be empty.
    std::function<sqlite::session_objects()> own_objects;
    // When the client's command came, in microseconds since 1970.
    std::int64_t command_started_us() const { return command_started_us_; }

    settings::session_settings& settings() { return settings_; }
    // How values are read and printed now, names of the schema's objects included; now_us is 0.
    std::shared_ptr<const types::io_settings> io() const;
    const session_identity& identity() const { return identity_; }

    // Errors: 25006 naming `command` when this session, or its transaction, may only read.
    result<void> check_writable(std::string_view command) const;
    // Whether the user may only read, whatever the transaction's mode.
    bool is_reader() const { return identity_.read_only; }

    // Marks the start of a client command: statement_timestamp(), statement_timeout, and now() when
    // no transaction is open. Clears an earlier cancel request.
    void start_command();
    // Any thread: interrupts the running statement.
    void cancel();

    result<sql::parsed_query> parse(std::string_view text);
    // A query string whose shape is known, with its constants as parameters: neither parsed nor
    // translated. Returns: nothing when it has to be, also when it would be an error.
    std::optional<lifted_statement> lift(std::string_view text);
    // Remembers the shape of a query string of one statement that was carried out, when it is met
    // for the second time.
    void learn(const sql::raw_statement& statement);
    // Translates, or finds the plan in the cache; of a utility statement, finds its parameters.
    result<void> prepare(prepared_statement& statement);
    // As prepare(), bypassing the cache: for statements that have no text of their own.
    result<void> prepare_once(prepared_statement& statement);
    // Parses and translates one statement of our own making (COPY's SELECT and INSERT).
    result<prepared_statement> prepare_text(std::string_view text);
    // Translates again when the schema has moved on. Error 0A000 when the result columns changed
    // and `described`: a client that knows the old ones would misread the new.
    result<void> refresh(prepared_statement& statement, bool described);

    // Opens a transaction: now() stands still, writes are held together until commit().
    void begin();
    bool in_transaction() const { return transaction_.has_value(); }
    // A statement has run in the open transaction: its isolation level is fixed.
    bool has_queried() const { return transaction_ && transaction_->has_queried; }
    // Durable when it returns without error; on an error everything is rolled back.
    asio::awaitable<result<void>> commit();
    asio::awaitable<void> rollback();
    // Rolls back what is open and drops the session's temporary tables: nothing runs after it.
    asio::awaitable<void> end();
    // Advisory locks that are not a transaction's (DISCARD ALL).
    void release_session_locks();

    // LISTEN, UNLISTEN (all of them without a channel) and NOTIFY: with the open transaction, or at
    // once. `wake` is called on any thread when something has come. Errors: 22023, 0A000.
    result<void> listen(const std::string& channel, std::function<void()> wake);
    void unlisten(std::optional<std::string> channel);
    result<void> notify(const std::string& channel, const std::string& payload);
    bool is_listening() const { return is_listening_; }  // maybe
    std::vector<sqlite::notification_ptr> take_notifications();
    // See sqlite::notification_hub.
    bool notifications_overran() const;

    // DISCARD TEMP.
    asio::awaitable<result<void>> drop_temporary();
    // After a failed statement inside a transaction: frees the writer when nothing can bring the
    // transaction back (no savepoint).
    asio::awaitable<void> statement_failed();

    // Savepoints by depth, the outermost is 1. Requires: a transaction is open.
    std::size_t savepoint_depth() const;
    asio::awaitable<result<void>> savepoint();
    asio::awaitable<result<void>> release(std::size_t depth);      // depth and all inside it
    asio::awaitable<result<void>> rollback_to(std::size_t depth);  // keeps depth itself

    // Runs a prepared plan. `sink` must stay alive until the call returns; what it holds must not
    // be sent before. With autocommit a write is durable when this returns.
    asio::awaitable<result<execution>> execute(prepared_statement& statement,
                                               std::vector<value> parameters, row_sink& sink,
                                               reader::fetch_limits limits, run_mode mode);
    // More rows of a statement that execute() left unfinished.
    asio::awaitable<result<execution>> fetch(statement_cursor& cursor, row_sink& sink,
                                             reader::fetch_limits limits);

    // Statements of an open transaction that would need the writer can be put off while the rest of
    // the transaction has arrived already (a pipeline, a string of several statements): its COMMIT
    // then carries all of them as one unit, and the writer serves nobody in particular meanwhile.
    // Returns: whether this one can be.
    bool can_defer(const prepared_statement& statement) const;
    // `sink` must stay alive until the statement is carried out by one of the two below. Requires:
    // can_defer().
    result<void> defer(const prepared_statement& statement, std::vector<value> parameters,
                       row_sink& sink);
    bool has_deferred() const { return transaction_ && !transaction_->deferred.empty(); }
    // Carries them out one by one: INSERTs that can be kept are, anything else takes the writer,
    // which the transaction then holds.
    asio::awaitable<deferred_outcome> run_deferred();
    // Carries them out and commits. After a statement's failure the transaction is still open;
    // after that of COMMIT it is over.
    asio::awaitable<deferred_outcome> commit_deferred();

    // Takes the writer for the rest of the transaction (LOCK TABLE). Requires: a transaction is
    // open. Errors: 55P03 after lock_timeout, or at once with `no_wait`.
    asio::awaitable<result<void>> hold_writer(bool no_wait = false);
    // From now on, and at once, foreign keys that may be deferred are checked after each statement,
    // or at COMMIT; without a transaction only the names are looked at. Errors: 23503; 42704 no
    // such constraint; 42809 one that cannot be deferred.
    asio::awaitable<result<void>> set_constraints(const sql::set_constraints_statement& s);
    // Many rows of parameters for one INSERT ... VALUES (COPY). Requires: the writer is held.
    asio::awaitable<result<void>> insert_rows(const prepared_statement& insert,
                                              std::vector<std::vector<value>> parameters);
    // How SQLite would run the statement.
    asio::awaitable<result<std::vector<plan_step>>> explain(prepared_statement& statement);
    // How long the session may be idle now that a transaction is open; 0: for ever.
    std::int64_t idle_in_transaction_timeout_ms() const;

    // What a statement that starts now knows of this session; `shows_session`: of what own_objects
    // says, too.
    sqlite::context_ptr make_context(bool shows_session = false);
    // Notices that statements raised since the last call.
    std::vector<sql_error> take_notices();
    // A table, view, sequence or index by name, the search path's without `schema_name`.
    // Errors: 42P01, 3F000; without a position.
    result<types::oid> find_class(std::string_view schema_name, std::string_view name) const;
    // The schema this session sees (its own uncommitted DDL included).
    schema::schema_ptr schema() const;

private:
    // An INSERT of the open transaction, evaluated to rows and not yet handed to the writer.
    struct kept_insert {
        prepared_statement statement;
        std::vector<std::vector<value>> rows;
        std::vector<std::string> keys;  // its entries of kept_keys
    };
    struct deferred_statement {
        prepared_statement statement;
        std::vector<value> parameters;
        row_sink* sink = nullptr;
        std::size_t mark = 0;  // of the sink, before its rows
    };
    struct savepoint_mark {
        std::size_t kept = 0;   // kept inserts when it was set
        std::size_t locks = 0;  // advisory locks of the transaction, then
        std::size_t listens = 0, notifications = 0;
    };
    // LISTEN, or UNLISTEN when `wake` is empty.
    struct listen_action {
        std::optional<std::string> channel;
        std::function<void()> wake;
    };
    // What LISTEN and NOTIFY do at COMMIT.
    struct channel_actions {
        std::vector<listen_action> listens;
        std::deque<sqlite::notification> notifications;  // in their order, none of them twice
        std::set<std::pair<std::string_view, std::string_view>> known;
    };
    struct transaction {
        transaction();  // not inline: clang 14 wants the members' defaults before the class is
                        // whole
        std::int64_t started_us = 0;
        std::vector<kept_insert> kept;
        std::unordered_set<std::string> kept_keys;
        std::vector<deferred_statement> deferred;
        std::vector<savepoint_mark> savepoints;
        writer::lease lease;
        reader::snapshot snapshot;
        std::uint64_t snapshot_commit_count = 0;
        std::unique_ptr<channel_actions> channels;  // made when there are any
        bool wrote_sequences = false;
        bool has_queried = false;
    };

    // A plan made while another session changes the schema may be stale more than once.
    static constexpr int stale_attempts_max = 5;

    using limits = reader::fetch_limits;
    using rows_of_values = std::vector<std::vector<value>>;

    // The session's namespace for temporary tables, whether it is there or not. Empty: it can have
    // none, since nothing would drop them.
    std::string temporary_schema() const;
    bool has_temporary_schema() const;
    std::vector<std::string> search_path() const;  // where names are looked up
    bool reads_temporary(const sql::plan& plan) const;
    bool reads_kept(const sql::plan& plan) const;
    bool wants_to_know_now(const sql::concrete_insert& insert) const;
    bool is_snapshot_isolation() const;
    result<void> prepare_utility(prepared_statement& statement);
    // See sql::translate_input.
    std::shared_ptr<const types::io_settings> stored_io() const;
    std::string plan_key(const prepared_statement& statement) const;
    const std::string& settings_key() const;  // its part that is the same for every statement
    result<sql::plan_ptr> translate(const prepared_statement& statement,
                                    const schema::schema& s) const;
    result<void> check_writable(const sql::plan& plan) const;
    bool is_read_only() const;
    result<void> apply_effects(const sqlite::statement_context& context);

    asio::awaitable<result<execution>> run_read(const sql::plan_ptr& plan,
                                                std::vector<value> parameters, row_sink& sink,
                                                limits l);
    // read = "backend".
    bool asks_backend(const sql::plan& plan) const;
    asio::awaitable<std::optional<result<execution>>> read_backend(
        const prepared_statement& statement, const std::vector<value>& parameters, row_sink& sink,
        limits l);
    asio::awaitable<result<execution>> run_in_transaction(prepared_statement& statement,
                                                          std::vector<value> parameters,
                                                          row_sink& sink, limits l);
    asio::awaitable<result<execution>> run_unit(prepared_statement& statement,
                                                const std::vector<value>& parameters,
                                                row_sink& sink);
    // A statement as a transaction of its own that holds the writer: what temporary tables do at
    // COMMIT belongs to it.
    asio::awaitable<result<execution>> run_alone(prepared_statement& statement,
                                                 const std::vector<value>& parameters,
                                                 row_sink& sink);
    // ON COMMIT of temporary tables. Requires: the writer is held.
    asio::awaitable<result<void>> run_commit_actions();
    // Of tables that are not there any more, or not after all.
    void forget_commit_actions();
    // After a statement, whatever became of it.
    void note_locks(const sqlite::statement_context& context);
    std::size_t transaction_locks() const;
    void end_transaction_locks(std::size_t kept = 0);
    // The open transaction's channel_actions.
    channel_actions& open_channels();
    void carry_out(listen_action action);
    void notify(sqlite::notification n);
    void commit_channels(channel_actions& channels);
    void channels_back_to(const savepoint_mark& mark);
    // Until the advisory lock for want of which a statement failed may be free; what it took
    // before is given back. Errors: 57014, 55P03 after lock_timeout, 40P01.
    asio::awaitable<result<void>> wait_for_lock(const sqlite::context_ptr& context);
    asio::awaitable<result<execution>> run_on_lease(const sql::plan_ptr& plan,
                                                    std::vector<value> parameters, row_sink& sink);
    asio::awaitable<result<execution>> keep(const prepared_statement& statement,
                                            const std::vector<value>& parameters, row_sink& sink);

    // Concrete rows of an INSERT, checked for NOT NULL. May ask a reader when a value needs SQL.
    asio::awaitable<result<rows_of_values>> evaluate(const sql::plan_ptr& plan,
                                                     const std::vector<value>& parameters,
                                                     const sqlite::context_ptr& context);
    asio::awaitable<result<void>> emit_returning(const sql::plan_ptr& plan,
                                                 const rows_of_values& rows,
                                                 const sqlite::context_ptr& context,
                                                 row_sink& sink);
    // Looks for duplicates among kept rows and in a snapshot. Returns: the rows' own key entries.
    asio::awaitable<result<std::vector<std::string>>> check_unique(
        const sql::plan_ptr& plan, const rows_of_values& rows, const sqlite::context_ptr& context);
    // Takes the writer for the rest of the transaction and hands it what was kept.
    asio::awaitable<result<void>> take_lease(bool no_wait = false);
    asio::awaitable<result<void>> commit_kept();
    asio::awaitable<result<void>> commit_lease();
    // Kept INSERTs, then what was put off. Error stale_plan_sqlstate: refresh and make it again.
    result<writer::write_unit> unit_of_transaction();
    asio::awaitable<result<writer::unit_outcome>> submit_transaction();
    // With acknowledge = "backend": waits until the backend has the entry, or leaves a WARNING.
    // What is committed here stays committed, whatever becomes of the wait.
    asio::awaitable<void> await_backend(std::int64_t outbox_seq);
    // 53400 or 53100 when the outbox takes nothing more.
    result<void> check_outbox(const sql::plan& plan) const;
    void drop_kept(std::size_t from);
    asio::awaitable<result<void>> hand_over(kept_insert& kept);
    asio::awaitable<result<void>> commit_transaction();
    asio::awaitable<result<void>> store_sequences();
    // 40001 when something was committed since this transaction's snapshot.
    result<void> check_serializable(std::uint64_t commit_count) const;
    // The plan of a kept INSERT for the schema in force, unless its table has changed (40001).
    result<void> refresh_kept(kept_insert& kept);

    engine& engine_;
    session_identity identity_;
    settings::session_settings settings_;
    // io() and what it was made of.
    mutable std::shared_ptr<const types::io_settings> io_, io_of_settings_;
    mutable schema::schema_ptr io_schema_;
    mutable std::string settings_key_;
    mutable std::uint64_t settings_key_of_ = 0;  // the settings' io_epoch
    mutable bool settings_key_temporary_ = false;
    bool made_temporary_ = false;  // it has tried to, at least
    std::vector<sql::commit_action> commit_actions_;
    bool has_session_locks_ = false, has_transaction_locks_ = false;  // maybe
    bool is_listening_ = false;
    std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
    std::shared_ptr<std::map<std::string, std::int64_t>> currval_ =
        std::make_shared<std::map<std::string, std::int64_t>>();
    std::int64_t command_started_us_ = 0;
    std::int64_t last_outbox_seq_ = 0;  // of this session's own writes
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    std::vector<sql_error> notices_;
    std::optional<transaction> transaction_;
};

}  // namespace historyd
