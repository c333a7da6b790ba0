#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace historyd::net {

// One io_context per thread: a session stays on the one it was given. Outlives everything that runs
// on it.
class io_threads {
public:
    explicit io_threads(std::size_t count);
    ~io_threads();  // stops and joins

    std::size_t size() const { return threads_.size(); }
    boost::asio::io_context& at(std::size_t i) { return *contexts_[i]; }

    // Ends the threads when their work is done. Call when no session is left.
    void join();

private:
    using work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<work> busy_;
    std::vector<std::jthread> threads_;
};

}  // namespace historyd::net
