#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

namespace historyd {

namespace asio = boost::asio;

// An I/O thread for a test's coroutines, as a session has.
class coroutine_runner {
public:
    coroutine_runner() : thread_([this] { io_.run(); }) {}
    ~coroutine_runner() {
        work_.reset();
        thread_.join();
    }

    template <class T>
    std::future<T> start(asio::awaitable<T> work) {
        return asio::co_spawn(io_, std::move(work), asio::use_future);
    }
    // Runs to the end and returns what the coroutine gave.
    template <class T>
    T run(asio::awaitable<T> work) {
        return start(std::move(work)).get();
    }
    std::thread::id thread() const { return thread_.get_id(); }

private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::thread thread_;
};

}  // namespace historyd
