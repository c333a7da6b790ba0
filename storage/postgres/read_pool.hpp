#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/postgres/connection.hpp"

namespace historyd::postgres {

struct read_pool_options {
    std::size_t connections_max = 16;
    std::chrono::milliseconds connect_timeout{5000}, silence{30'000};
    // For a read's own writes to arrive, and for a free connection; then it is answered here.
    std::chrono::milliseconds patience{1000};
};

// Connections to the backend for reads, shared by sessions. A connection stays on the executor it
// was opened on. After a failure the backend counts as away for a while, so that not every read
// waits to find that out. Any thread; outlived by its loans.
class read_pool : public std::enable_shared_from_this<read_pool> {
public:
    read_pool(postgres::target target, read_pool_options options);

    // A connection for one transaction. One that is destroyed in the middle of it is closed.
    class loan {
    public:
        loan() = default;
        loan(loan&& other) noexcept;
        loan& operator=(loan&& other) noexcept;
        ~loan();
        postgres::connection& operator*() const { return *connection_; }
        postgres::connection* operator->() const { return connection_.get(); }
        explicit operator bool() const { return connection_ != nullptr; }
        const asio::any_io_executor& executor() const { return executor_; }
        std::chrono::milliseconds silence() const { return pool_->options().silence; }

    private:
        friend class read_pool;
        void give_back();
        std::shared_ptr<read_pool> pool_;
        std::shared_ptr<postgres::connection> connection_;
        asio::any_io_executor executor_;
        std::shared_ptr<const std::atomic<bool>> cancelled_;
    };

    // On the caller's executor. The loan keeps `cancelled`: it may outlive the session that has it.
    // Returns: 08000 or what the server said when there is none.
    asio::awaitable<result<loan>> take(std::shared_ptr<const std::atomic<bool>> cancelled);
    // `cancelled` has been set: what waits for it ends.
    void interrupt(const std::atomic<bool>& cancelled);

    bool is_away() const;
    void note_failure();

    const read_pool_options& options() const { return options_; }

private:
    struct idle_connection {
        asio::any_io_executor executor;
        std::shared_ptr<postgres::connection> connection;
    };
    struct busy_connection {
        asio::any_io_executor executor;
        std::shared_ptr<postgres::connection> connection;
        std::shared_ptr<const std::atomic<bool>> cancelled;
    };
    std::shared_ptr<postgres::connection> take_idle(const asio::any_io_executor& executor);
    void give_back(loan& l);

    const postgres::target target_;
    const read_pool_options options_;
    std::atomic<std::int64_t> away_until_ns_{0};
    std::mutex mutex_;  // guards the rest
    std::vector<idle_connection> idle_;
    std::vector<busy_connection> busy_;
};

}  // namespace historyd::postgres
