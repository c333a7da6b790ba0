#include "proxy/net/http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <spdlog/spdlog.h>

#include "proxy/net/exposure.hpp"
#include "proxy/net/timeout.hpp"

namespace historyd::net {

namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t read_bytes = 16 * 1024;
// A refused request's body is read to its end, so that the answer is not lost, up to here.
constexpr std::size_t refused_body_bytes_max = 4 << 20;

http_response plain(http::status status, std::string text) {
    http_response response{status, 11};
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = std::move(text);
    return response;
}

// What a request that cannot be read is told; nothing when there is nobody to tell.
std::optional<http_response> refusal_of(const error_code& failed) {
    if (failed == http::error::header_limit) {
        return plain(http::status::request_header_fields_too_large, "header too large\n");
    }
    if (failed == http::error::body_limit) {
        return plain(http::status::payload_too_large, "body too large\n");
    }
    const bool left =
        failed == http::error::end_of_stream || failed == http::error::partial_message;
    if (left || failed.category() != http::make_error_code(http::error::bad_method).category()) {
        return std::nullopt;
    }
    return plain(http::status::bad_request, failed.message() + "\n");
}

std::string http_date() {
    return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone());
}

bool has_no_content(http::status status) {
    return status == http::status::no_content || status == http::status::not_modified;
}

}  // namespace

// One client's socket with its buffer. Lives in its coroutine's frame, used on its I/O thread only.
class http_server::connection {
public:
    connection(shard& home, stream_socket socket, const http_server_options& options)
        : home_(home), options_(options), stream_(std::move(socket)) {
        error_code ignored;  // a Unix socket has no such option
        stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        home_.connections.insert(this);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { home_.connections.erase(this); }

    // Returns: the next request; nothing when the client is gone, slow, or was refused.
    asio::awaitable<std::optional<http_request>> read();
    // Returns: whether the connection can take another request.
    asio::awaitable<bool> write(http_response response, bool keep_alive, bool head);
    // Says goodbye so that what was sent last is read.
    asio::awaitable<void> close();

    void drain() {
        if (idle_) abort();
    }
    void abort() {
        error_code ignored;
        stream_.socket().close(ignored);
    }

private:
    using parser = http::request_parser<http::string_body>;

    asio::awaitable<bool> wait_for_request();
    asio::awaitable<error_code> read_message(parser& p);

    shard& home_;
    const http_server_options& options_;
    beast::basic_stream<asio::generic::stream_protocol> stream_;
    beast::flat_buffer buffer_;
    bool idle_ = false;
    std::optional<http_response> refusal_;
};

asio::awaitable<bool> http_server::connection::wait_for_request() {
    if (buffer_.size() != 0) co_return true;  // pipelined
    if (home_.draining) co_return false;
    idle_ = true;
    stream_.expires_after(options_.idle_timeout);
    const auto [failed, bytes] =
        co_await stream_.async_read_some(buffer_.prepare(read_bytes), nothrow);
    idle_ = false;
    buffer_.commit(bytes);
    co_return !failed;
}

asio::awaitable<error_code> http_server::connection::read_message(parser& p) {
    p.header_limit(options_.header_bytes_max);
    p.body_limit(options_.body_bytes_max);
    stream_.expires_after(options_.request_timeout);
    const auto [unread, header_bytes] =
        co_await http::async_read_header(stream_, buffer_, p, nothrow);
    if (unread) co_return unread;
    if (options_.admit) refusal_ = options_.admit(p.get());
    if (refusal_) co_return error_code();
    if (beast::iequals(p.get()[http::field::expect], "100-continue") && !p.is_done()) {
        http::response<http::empty_body> go_on{http::status::continue_, 11};
        const auto [unsent, sent] = co_await http::async_write(stream_, go_on, nothrow);
        if (unsent) co_return unsent;
    }
    const auto [failed, body_bytes] = co_await http::async_read(stream_, buffer_, p, nothrow);
    co_return failed;
}

asio::awaitable<std::optional<http_request>> http_server::connection::read() {
    if (!co_await wait_for_request()) co_return std::nullopt;
    parser p;
    const auto failed = co_await read_message(p);
    if (failed) refusal_ = refusal_of(failed);
    if (!failed && !refusal_) co_return p.release();
    if (refusal_) {
        const bool head = p.get().method() == http::verb::head;
        co_await write(*refusal_, false, head);
    }
    co_return std::nullopt;
}

asio::awaitable<bool> http_server::connection::write(http_response response, bool keep_alive,
                                                     bool head) {
    response.version(11);
    response.keep_alive(keep_alive);
    response.set(http::field::date, http_date());
    if (has_no_content(response.result())) {
        response.body().clear();
    } else if (!response.has_content_length()) {
        response.prepare_payload();
    }
    stream_.expires_after(options_.response_timeout);
    http::response_serializer<http::string_body> serializer(response);
    if (head) {
        const auto [failed, bytes] =
            co_await http::async_write_header(stream_, serializer, nothrow);
        co_return !failed && keep_alive;
    }
    const auto [failed, bytes] = co_await http::async_write(stream_, serializer, nothrow);
    co_return !failed && keep_alive;
}

asio::awaitable<void> http_server::connection::close() {
    error_code failed;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, failed);
    stream_.expires_after(goodbye_time_max);
    for (std::size_t discarded = 0; refusal_ && !failed && discarded < refused_body_bytes_max;) {
        buffer_.clear();
        const auto [ended, bytes] =
            co_await stream_.async_read_some(buffer_.prepare(read_bytes), nothrow);
        if (ended) break;
        discarded += bytes;
    }
    abort();
}

http_server::http_server(io_threads& threads, http_server_options options, http_handler handler)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      threads_(threads),
      listener_(threads.at(0), listener_options{.addresses = options_.addresses,
                                                .socket_directory = {},
                                                .storage = {},
                                                .inherited = {}}) {
    refuse_open_http(listener_, options_.name + ".listen");
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        shards_.push_back(std::make_unique<shard>(shard{threads_.at(i), {}, false}));
    }
}

http_server::~http_server() = default;

void http_server::start() {
    asio::post(threads_.at(0), [this] {
        listener_.start([this]() -> asio::io_context& { return next_shard().context; },
                        [this](stream_socket socket) { accepted(std::move(socket)); });
    });
}

// The listener asks for the next target before it accepts: what it accepts then is that shard's.
http_server::shard& http_server::next_shard() {
    last_shard_ = (last_shard_ + 1) % shards_.size();
    return *shards_[last_shard_];
}

void http_server::accepted(stream_socket socket) {
    if (draining_) return;
    const auto& context = socket.get_executor().context();
    for (const auto& home : shards_) {
        if (&home->context != &context) continue;
        const bool welcome = alive_++ <= options_.connections_max;
        const auto ended = [this](const std::exception_ptr& bug) {
            try {
                if (bug) std::rethrow_exception(bug);
            } catch (const std::exception& e) {
                spdlog::error("{}: a connection ended by an exception: {}", options_.name,
                              e.what());
            }
            one_less();
        };
        asio::co_spawn(home->context, serve(*home, std::move(socket), welcome), ended);
        return;
    }
}

asio::awaitable<void> http_server::serve(shard& home, stream_socket socket, bool welcome) {
    connection c(home, std::move(socket), options_);
    for (bool open = true; open;) {
        auto request = co_await c.read();
        if (!request) break;
        const bool head = request->method() == http::verb::head;
        const bool keep_alive = request->keep_alive() && welcome;
        // Named, and no co_await in a conditional: g++ 12 destroys such temporaries twice.
        http_response response = plain(http::status::service_unavailable, "too many connections\n");
        if (welcome) response = co_await handle(std::move(*request));
        open = co_await c.write(std::move(response), keep_alive && !home.draining, head);
    }
    co_await c.close();
}

asio::awaitable<http_response> http_server::handle(http_request request) {
    try {
        co_return co_await handler_(std::move(request));
    } catch (const std::exception& e) {
        spdlog::error("{}: a request failed by an exception: {}", options_.name, e.what());
    }
    co_return plain(http::status::internal_server_error, "internal error\n");
}

void http_server::one_less() {
    if (--alive_ == 0) drained_();
}

void http_server::drain(std::function<void()> drained) {
    asio::post(threads_.at(0), [this, drained = std::move(drained)]() mutable {
        drained_ = std::move(drained);
        draining_ = true;
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
        one_less();
    });
}

void http_server::hurry() {
    for (const auto& home : shards_) {
        asio::post(home->context, [at = home.get()] {
            for (auto* c : at->connections) c->abort();
        });
    }
}

}  // namespace historyd::net
