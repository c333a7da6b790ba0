#include "proxy/net/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <spdlog/spdlog.h>

#include "proxy/net/exposure.hpp"
#include "proxy/net/relay.hpp"
#include "proxy/net/startup.hpp"
#include "proxy/net/timeout.hpp"
#include "proxy/protocol/backend_messages.hpp"

namespace historyd::net {

namespace {

asio::awaitable<void> refuse(connection& c, const sql_error& error) {
    protocol::encode_error(error, c.out());
    co_await c.flush();
}

}  // namespace

// A connection's place among those of its thread.
class server::membership {
public:
    membership(shard& home, connection& c) : home_(home), connection_(c) {
        home_.connections.insert(&connection_);
    }
    membership(const membership&) = delete;
    membership& operator=(const membership&) = delete;
    ~membership() { home_.connections.erase(&connection_); }

private:
    shard& home_;
    connection& connection_;
};

struct server::begun_session {
    admission::ticket place;
    cancel_registry::registration registration;
    session::session_parameters parameters;
};

server::server(io_threads& threads, server_options options, security_source& security,
               client_log& log, session_function run_session)
    : options_(std::make_shared<const server_options>(std::move(options))),
      run_session_(std::move(run_session)),
      threads_(threads),
      security_(security),
      log_(log),
      admission_(options_->admission),
      listener_(threads.at(0), options_->listen) {
    refuse_open_doors(listener_, *security.current());
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        shards_.push_back(std::make_unique<shard>(shard{threads_.at(i), {}, false}));
    }
}

server::~server() = default;

std::shared_ptr<const server_options> server::options() const {
    const std::lock_guard lock(options_mutex_);
    return options_;
}

void server::reload(server_options options, const security_options& access) {
    auto next = security_source::read(access);
    refuse_open_doors(listener_, *next);
    security_.put(std::move(next));
    admission_.set_limits(options.admission);
    const std::lock_guard lock(options_mutex_);
    options_ = std::make_shared<const server_options>(std::move(options));
}

void server::start() {
    asio::post(threads_.at(0), [this] {
        listener_.start([this]() -> asio::io_context& { return next_shard().context; },
                        [this](stream_socket socket) { accepted(std::move(socket)); });
    });
}

// The listener asks for the next target before it accepts: what it accepts then is that shard's.
server::shard& server::next_shard() {
    last_shard_ = (last_shard_ + 1) % shards_.size();
    return *shards_[last_shard_];
}

void server::accepted(stream_socket socket) {
    const auto& context = socket.get_executor().context();
    for (const auto& home : shards_) {
        if (&home->context != &context) continue;
        ++alive_;
        const auto ended = [this](const std::exception_ptr& bug) {
            try {
                if (bug) std::rethrow_exception(bug);
            } catch (const std::exception& e) {
                spdlog::error("a connection ended by an exception: {}", e.what());
            }
            one_less();
        };
        asio::co_spawn(home->context, serve(*home, std::move(socket)), ended);
        return;
    }
}

asio::awaitable<void> server::serve(shard& home, stream_socket socket) {
    const auto options = this->options();
    connection c(std::move(socket), options->message_bytes_max);
    const membership listed(home, c);
    c.set_tcp_options(options->keepalive);
    if (home.draining) c.drain();  // accepted in the last moment
    // Thousands of connections wait here: the frames of what comes before are gone.
    auto begun = co_await begin(c);
    if (begun) co_await run_session_(c, begun->parameters, begun->registration);
    begun.reset();  // others may have its place while this client reads the last of its answers
    co_await c.close();
}

asio::awaitable<std::unique_ptr<server::begun_session>> server::begin(connection& c) {
    auto place = admission_.start_up();
    if (!place) {
        co_await refuse(c, place.error());
        co_return nullptr;
    }
    permission granted;
    auto finished = co_await cancel_after(options()->startup_timeout, let_in(c, granted));
    if (!finished) co_return nullptr;  // it took too long
    auto& what = *finished;
    if (const auto* rejected = std::get_if<protocol::startup_fsm::reject>(&what)) {
        co_await refuse(c, rejected->error);
    } else if (const auto* cancel = std::get_if<protocol::startup_fsm::cancel>(&what)) {
        co_await this->cancel(cancel->process_id, cancel->key);
    } else if (auto* accepted = std::get_if<protocol::startup_fsm::accept>(&what)) {
        { const auto left = std::move(*place); }  // no longer starting up
        co_return co_await admit(c, std::move(*accepted), std::move(granted));
    }
    co_return nullptr;
}

asio::awaitable<protocol::startup_fsm::action> server::let_in(connection& c, permission& granted) {
    const auto security = security_.current();
    auto what = co_await run_startup(c, *security, log_);
    const auto* accepted = std::get_if<protocol::startup_fsm::accept>(&what);
    if (accepted == nullptr) co_return std::move(what);
    c.out() += accepted->greeting;
    auto allowed =
        co_await authenticate(c, accepted->request, *security, security_.failures(), log_);
    if (!allowed) co_return protocol::startup_fsm::reject{allowed.error()};
    granted = *allowed;
    co_return std::move(what);
}

// A key that is none of ours may be that of a relayed session.
asio::awaitable<void> server::cancel(std::int32_t process_id, std::string key) {
    if (cancels_.cancel(process_id, key)) co_return;
    const auto security = security_.current();
    for (const auto& d : security->databases) {
        if (d.relay) co_await relay_cancel(process_id, key, d.backend);
    }
}

asio::awaitable<std::unique_ptr<server::begun_session>> server::admit(
    connection& c, protocol::startup_fsm::accept accepted, permission granted) {
    auto& request = accepted.request;
    auto place = admission_.session(c.peer_address());
    if (!place) {
        co_await refuse(c, place.error());
        co_return nullptr;
    }
    if (granted.relay_to) {
        c.out().clear();  // that server greets the client itself
        const auto relayed = co_await relay(c, accepted.packet, *granted.relay_to);
        if (!relayed) co_await refuse(c, relayed.error());
        co_return nullptr;
    }
    auto registration = cancels_.enrol(request.cancel_key_bytes());
    if (!registration) {
        const auto error =
            sql_error(sqlstate::internal_error, "could not generate random cancel key")
                .with_severity(severity::fatal);
        co_await refuse(c, error);
        co_return nullptr;
    }
    protocol::authentication_ok{}.encode(c.out());
    session::session_parameters parameters{.user = std::move(request.user),
                                           .database = std::move(request.database),
                                           .settings = std::move(request.settings),
                                           .process_id = registration->process_id(),
                                           .cancel_key = registration->key(),
                                           .client_address = c.peer_address(),
                                           .client_port = c.peer_port(),
                                           .read_only = granted.read_only,
                                           .limits = options()->session};
    co_return std::make_unique<begun_session>(
        begun_session{*std::move(place), *std::move(registration), std::move(parameters)});
}

void server::one_less() {
    if (--alive_ == 0) drained_();
}

void server::drain(std::function<void()> drained) {
    asio::post(threads_.at(0), [this, drained = std::move(drained)]() mutable {
        drained_ = std::move(drained);
        listener_.stop();
        // Each shard holds the server open until its connections have been told.
        alive_ += shards_.size();
        for (const auto& home : shards_) {
            asio::post(home->context, [this, at = home.get()] {
                at->draining = true;
                for (auto* c : at->connections) c->drain();
                one_less();
            });
        }
        // After what was accepted already has been handed over.
        asio::post(threads_.at(0), [this] { one_less(); });
    });
}

void server::hurry() {
    cancels_.cancel_all();
    for (const auto& home : shards_) {
        asio::post(home->context, [at = home.get()] {
            for (auto* c : at->connections) c->abort();
        });
    }
}

}  // namespace historyd::net
