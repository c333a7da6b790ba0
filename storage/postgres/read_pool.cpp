#include "storage/postgres/read_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace historyd::postgres {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds away_for{1};

}  // namespace

read_pool::loan::loan(loan&& other) noexcept { *this = std::move(other); }

read_pool::loan& read_pool::loan::operator=(loan&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    pool_ = std::move(other.pool_);
    connection_ = std::move(other.connection_);
    executor_ = std::move(other.executor_);
    cancelled_ = std::move(other.cancelled_);
    return *this;
}

read_pool::loan::~loan() { give_back(); }

void read_pool::loan::give_back() {
    if (connection_) pool_->give_back(*this);
    connection_.reset();
    pool_.reset();
}

read_pool::read_pool(postgres::target target, read_pool_options options)
    : target_(std::move(target)), options_(options) {}

bool read_pool::is_away() const {
    return clock::now().time_since_epoch().count() < away_until_ns_.load();
}

void read_pool::note_failure() {
    away_until_ns_ = (clock::now() + away_for).time_since_epoch().count();
}

std::shared_ptr<connection> read_pool::take_idle(const asio::any_io_executor& executor) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(idle_, executor, &idle_connection::executor);
    if (found == idle_.end()) return nullptr;
    auto out = std::move(found->connection);
    idle_.erase(found);
    return out;
}

asio::awaitable<result<read_pool::loan>> read_pool::take(
    std::shared_ptr<const std::atomic<bool>> cancelled) {
    const auto executor = co_await asio::this_coro::executor;
    loan out;
    out.executor_ = executor;
    out.cancelled_ = cancelled;
    auto had = take_idle(executor);
    // The server, or a pooler, may have ended it meanwhile.
    while (had && !had->check()) had = take_idle(executor);
    {
        const std::lock_guard lock(mutex_);
        if (!had && busy_.size() + idle_.size() >= options_.connections_max) {
            // One that waits on another thread makes room.
            if (idle_.empty()) {
                co_return sql_error(sqlstate::too_many_connections,
                                    "all connections for reads to the backend are in use");
            }
            idle_.erase(idle_.begin());
        }
        out.connection_ = had ? std::move(had) : std::make_shared<connection>(executor);
        out.pool_ = shared_from_this();
        busy_.push_back({executor, out.connection_, std::move(cancelled)});
    }
    if (out->is_open()) co_return out;
    auto now = target_.with_current_password();
    if (!now) co_return now.error();
    auto opened = co_await out->open(*now, options_.connect_timeout);
    if (!opened) co_return opened.error();
    co_return out;
}

void read_pool::give_back(loan& l) {
    const std::lock_guard lock(mutex_);
    std::erase_if(busy_, [&](const busy_connection& b) { return b.connection == l.connection_; });
    const bool usable =
        l.connection_->is_open() && !l.connection_->in_transaction() && !l.cancelled_->load();
    if (usable) idle_.push_back({l.executor_, std::move(l.connection_)});
}

void read_pool::interrupt(const std::atomic<bool>& cancelled) {
    const std::lock_guard lock(mutex_);
    for (const auto& b : busy_) {
        if (b.cancelled.get() != &cancelled) continue;
        asio::post(b.executor, [c = b.connection] { c->interrupt(); });
    }
}

}  // namespace historyd::postgres
