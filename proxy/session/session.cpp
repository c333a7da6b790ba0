#include "proxy/session/session.hpp"

#include <boost/asio/post.hpp>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/frontend_messages.hpp"
#include "proxy/session/session_impl.hpp"

namespace historyd::session {

namespace {

// Answers are sent when this many bytes have gathered, or when the client has nothing more to say.
constexpr std::size_t flush_bytes = 64 * 1024;

std::int64_t wall_clock_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

session_identity identity_of(const session_parameters& p) {
    return {.user = p.user,
            .database = p.database,
            .client_address = p.client_address,
            .client_port = p.client_port,
            .process_id = p.process_id,
            .read_only = p.read_only};
}

activity_view activity_of(const session_parameters& p) {
    activity_view view;
    view.process_id = p.process_id;
    view.user = p.user;
    view.database = p.database;
    view.client_address = p.client_address;
    view.client_port = p.client_port;
    view.started_us = view.changed_us = wall_clock_us();
    return view;
}

}  // namespace

session::session(engine& e, statement_log& log, asio::any_io_executor executor,
                 const session_parameters& parameters)
    : impl_(std::make_shared<impl>(e, log, std::move(executor), parameters)) {}
session::~session() = default;

// No coroutine of its own: its frame would be kept while the session lasts.
asio::awaitable<void> session::run(transport& t) { return impl_->run(t); }

void session::cancel() { impl_->cancel(); }

void session::terminate() { impl_->terminate(); }

const activity& session::activity() const { return impl_->activity(); }

session::impl::impl(engine& e, statement_log& log, asio::any_io_executor executor,
                    const session_parameters& parameters)
    : engine_(e),
      log_(log),
      executor_(std::move(executor)),
      parameters_(parameters),
      activity_(activity_of(parameters_)),
      sql_(e, identity_of(parameters_)),
      store_(parameters_.limits.prepared_statements_max, parameters_.limits.portals_max) {
    sql_.own_objects = [this] { return store_.objects(); };
}

result<void> session::impl::apply_startup_settings() {
    auto& settings = sql_.settings();
    for (const auto& [name, text] : {std::pair<std::string_view, std::string_view>(
             "session_authorization", parameters_.user)}) {
        if (auto set = settings.set_internal(name, text); !set) return set.error();
    }
    if (const auto limit = parameters_.limits.statement_timeout_ms; limit > 0) {
        const auto set = settings.set_default("statement_timeout", std::to_string(limit));
        if (!set) return set.error();
    }
    if (parameters_.read_only) {
        // Drivers that look for a server to write to (target_session_attrs) ask for this.
        if (auto set = settings.set_default("default_transaction_read_only", "on"); !set) {
            return set.error();
        }
    }
    for (const auto& [name, text] : parameters_.settings) {
        if (auto set = settings.set_default(name, text); !set) {
            auto error = set.error();
            error.severity = severity::fatal;
            return error;
        }
    }
    return {};
}

void session::impl::greet() {
    auto& out = transport_->out();
    activity_.set_application_name(sql_.settings().get("application_name"));
    for (const auto& [name, text] : sql_.settings().all_reports()) {
        protocol::parameter_status{name, text}.encode(out);
    }
    (void)sql_.settings().take_reports();
    protocol::backend_key_data{parameters_.process_id, parameters_.cancel_key}.encode(out);
    ready_for_query();
}

// Thousands of sessions wait here: what a message needs lives in the coroutines called, whose
// frames are gone meanwhile.
asio::awaitable<void> session::impl::run(transport& t) {
    transport_ = &t;
    for (bool open = co_await begin(); open;) {
        if (!is_ready()) open = co_await make_ready();
        if (!open) break;
        if (!t.peek_type()) {
            auto timer = idle_limit();
            for (bool arrived = co_await t.arrival(); !arrived;) {
                send_notifications();
                co_await t.flush();  // a peer that is gone shows in arrival()
                arrived = co_await t.arrival();
            }
            timer.reset();  // a statement may take longer
        }
        open = co_await take_message();
    }
    store_.remove_all_portals();
    co_await sql_.end();
    transport_ = nullptr;
}

asio::awaitable<bool> session::impl::begin() {
    if (auto applied = apply_startup_settings(); !applied) {
        protocol::encode_error(applied.error(), transport_->out());
        co_await transport_->flush();
        co_return false;
    }
    greet();
    co_return true;
}

bool session::impl::must_flush() const {
    const auto& out = transport_->out();
    return !out.empty() && (out.size() >= flush_bytes || !transport_->peek_type());
}

bool session::impl::is_ready() {
    return !must_settle() && !terminated_ && (!must_flush() || transport_->flush_now());
}

// Before the session waits for a message: nothing that the client waits for is held back.
asio::awaitable<bool> session::impl::make_ready() {
    auto& t = *transport_;
    while (must_settle()) {
        auto settled = co_await settle();
        if (settled) break;
        co_await fail(settled.error());
        if (settled.error().severity >= severity::fatal) {
            co_await t.flush();
            co_return false;
        }
    }
    if (must_flush() && !co_await t.flush()) co_return false;
    if (!terminated_) co_return true;
    co_await end(termination());
    co_return false;
}

// Takes leave of the client.
asio::awaitable<void> session::impl::end(sql_error why) {
    why.severity = severity::fatal;
    log_.session_ended(why, activity_);
    protocol::encode_error(why, transport_->out());
    co_await transport_->flush();
}

asio::awaitable<bool> session::impl::take_message() {
    const auto frame = transport_->take_frame();
    if (!frame) co_return co_await input_ended(frame);
    transport_->set_at_rest(false);
    idle_ = false;
    kind_ = statement_kind::other;
    const auto s = messages_.next(frame->type);
    result<bool> taken = true;
    if (s == step::query || s == step::execute || s == step::sync || s == step::flush) {
        taken = co_await carry_out(s, *frame);
    } else {
        taken = answer(s, *frame);
    }
    if (taken) co_return *taken;
    co_return co_await message_failed(taken);
}

asio::awaitable<bool> session::impl::input_ended(const result<frame_view>& frame) {
    const auto& why = frame.error();
    if (why.sqlstate != sqlstate::connection_exception) co_await end(why);
    co_return false;
}

asio::awaitable<bool> session::impl::message_failed(const result<bool>& taken) {
    const auto error = terminated_ ? termination() : taken.error();
    co_await fail(error);
    if (error.severity >= severity::fatal) {
        if (error.sqlstate != sqlstate::connection_exception) {
            log_.session_ended(error, activity_);
        }
        co_await transport_->flush();
        co_return false;
    }
    // A failed simple query is over; a failed extended one ends at Sync.
    if (!messages_.skipping()) ready_for_query();
    co_return true;
}

std::unique_ptr<idle_timer> session::impl::idle_limit() {
    const bool waiting_in_transaction = block_.is_open();
    const auto timeout_ms = waiting_in_transaction
                                ? sql_.idle_in_transaction_timeout_ms()
                                : sql_.settings().frequent().idle_session_timeout_ms;
    if (timeout_ms <= 0) return nullptr;
    auto reason = waiting_in_transaction
                      ? sql_error(sqlstate::idle_in_transaction_session_timeout,
                                  "terminating connection due to idle-in-transaction timeout")
                      : sql_error("57P05", "terminating connection due to idle-session timeout");
    return std::make_unique<idle_timer>(executor_, *transport_,
                                        std::chrono::milliseconds(timeout_ms), std::move(reason));
}

namespace {

result<bool> answered(const result<void>& done) {
    if (!done) return done.error();
    return true;
}

}  // namespace

result<bool> session::impl::answer(step s, const frame_view& frame) {
    switch (s) {
        case step::parse:
            return answered(parse(frame.body));
        case step::bind:
            return answered(bind(frame.body));
        case step::describe:
            return answered(describe(frame.body));
        case step::close:
            return answered(close(frame.body));
        case step::function_call:
            return unsupported("the function call message is not supported",
                               "Call the function with SELECT.");
        case step::terminate:
            return false;
        case step::ignore:
            return true;
        default:
            return sql_error(sqlstate::protocol_violation,
                             "invalid frontend message type " +
                                 std::to_string(static_cast<unsigned char>(frame.type)))
                .with_severity(severity::fatal);
    }
}

asio::awaitable<result<bool>> session::impl::carry_out(step s, const frame_view& frame) {
    result<void> done;
    if (s == step::query) {
        const auto message = protocol::query_view::decode(frame.body);
        if (!message) co_return message.error();
        // The frame is borrowed and a streaming answer reads no further, so the text stays valid.
        done = co_await simple_query(message->text);
        if (done && !deferred_.empty()) done = co_await settle();
        if (done) ready_for_query();
    } else if (s == step::execute) {
        done = co_await execute(frame.body);
    } else if (s == step::sync) {
        done = co_await sync();
    } else {
        if (!deferred_.empty()) done = co_await settle();
        if (done && !co_await transport_->flush()) co_return false;
    }
    co_return answered(done);
}

asio::awaitable<void> session::impl::fail(sql_error error) {
    if (auto settled = co_await settle(); !settled) error = settled.error();
    co_await abort_statement(error);
    messages_.failed();
}

asio::awaitable<void> session::impl::abort_statement(const sql_error& error) {
    send_notices();
    log_.failed(kind_, error, activity_);
    protocol::encode_error(error, transport_->out());
    if (block_.statement_failed()) {
        co_await sql_.rollback();
        end_portals(false);
    } else if (block_.state() == transaction_fsm::block::failed) {
        co_await sql_.statement_failed();
    } else if (!in_explicit_block()) {
        end_portals(false);
    }
}

asio::awaitable<result<void>> session::impl::commit_implicit() {
    const auto running = watch(statement_kind::transaction, {});
    result<void> committed;
    if (deferred_.empty()) {
        committed = co_await sql_.commit();
    } else {
        bool ended = false;
        committed = co_await settle_and_commit(ended);
        if (!ended) co_return committed;
    }
    if (committed) succeeded(running);
    block_.leave_implicit();
    end_portals(committed.has_value());
    co_return committed;
}

asio::awaitable<result<void>> session::impl::sync() {
    result<void> ended;
    if (block_.state() == transaction_fsm::block::implicit) {
        ended = co_await commit_implicit();
    } else if (!deferred_.empty()) {
        ended = co_await settle();
    }
    if (!ended) {
        co_await abort_statement(ended.error());
    } else if (!in_explicit_block()) {
        end_portals(true);
    }
    ready_for_query();
    co_return result<void>{};
}

void session::impl::terminate() {
    terminated_ = true;
    sql_.cancel();
    asio::post(executor_, [self = weak_from_this()] {
        const auto alive = self.lock();
        if (alive && alive->transport_ != nullptr)
            alive->transport_->interrupt(alive->termination());
    });
}

void session::impl::start_command() {
    sql_.start_command();  // forgets an earlier cancel, which is no reason to live on
    if (terminated_) sql_.cancel();
}

session::impl::watched session::impl::watch(statement_kind kind, std::string_view text) {
    kind_ = kind;
    if (!text.empty()) activity_.begin(text, wall_clock_us(), in_explicit_block());
    return {.kind = kind, .text = text, .started = std::chrono::steady_clock::now()};
}

void session::impl::succeeded(const watched& statement) {
    const auto took = std::chrono::steady_clock::now() - statement.started;
    log_.succeeded({.kind = statement.kind, .took = took, .text = statement.text}, activity_);
}

void session::impl::end_portals(bool committed) { store_.end_transaction(committed); }

void session::impl::send_notices() {
    for (const auto& n : sql_.take_notices()) notice(n);
}

void session::impl::ready_for_query() {
    for (const auto& [name, text] : sql_.settings().take_reports()) {
        if (name == "application_name") activity_.set_application_name(text);
        protocol::parameter_status{name, text}.encode(transport_->out());
    }
    const auto status = block_.status();
    idle_ = status == 'I';
    if (idle_ && sql_.is_listening()) send_notifications();
    protocol::ready_for_query{status}.encode(transport_->out());
    activity_.end(status == 'T'   ? activity_state::idle_in_transaction
                  : status == 'E' ? activity_state::failed_transaction
                                  : activity_state::idle,
                  wall_clock_us());
    transport_->set_at_rest(true);
}

}  // namespace historyd::session
