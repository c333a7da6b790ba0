#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace historyd {

// How many coroutines of this thread wait for another one's answer, without those that stand in
// line for their turn.
inline thread_local std::size_t answers_awaited = 0;

enum class awaited : std::uint8_t { answer, turn };

// A coroutine that waits for another thread. The thread holds the completion and answers it once;
// the coroutine resumes on its own executor. Movable and copyable; copies are one and the same
// wait.
template <class T>
class completion {
public:
    completion() = default;
    completion(boost::asio::any_io_executor executor, std::function<void(T)> resume)
        : executor_(std::move(executor)), resume_(std::move(resume)) {}

    explicit operator bool() const { return static_cast<bool>(resume_); }

    // Where the coroutine lives; answers for one executor can share a hop (see resume()).
    const boost::asio::any_io_executor& executor() const { return executor_; }

    // Any thread: answers with a hop of its own.
    void post(T answer) {
        boost::asio::post(executor_, [resume = std::move(resume_),
                                      a = std::move(answer)]() mutable { resume(std::move(a)); });
    }

    // Continues the coroutine at once. Requires: running on executor().
    void resume(T answer) { std::exchange(resume_, nullptr)(std::move(answer)); }

private:
    boost::asio::any_io_executor executor_;
    std::function<void(T)> resume_;
};

// Suspends the calling coroutine and calls start(completion<T>), which passes the completion to the
// thread that will answer. Asio's cancellation does not reach it: what was given to the other
// thread has to stay alive until it answers.
template <class T, awaited What = awaited::answer, class Start>
boost::asio::awaitable<T> wait_for_completion(Start start) {
    constexpr std::size_t counted = What == awaited::answer ? 1 : 0;
    auto initiate = [&start](auto handler) {
        using handler_type = decltype(handler);
        auto executor = boost::asio::get_associated_executor(handler);
        auto waiting = std::make_shared<handler_type>(std::move(handler));
        answers_awaited += counted;
        start(completion<T>(std::move(executor), [waiting = std::move(waiting)](T answer) {
            answers_awaited -= counted;
            auto h = std::move(*waiting);
            std::move(h)(std::move(answer));
        }));
    };
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(T)>(
        std::move(initiate), boost::asio::use_awaitable);
}

}  // namespace historyd
