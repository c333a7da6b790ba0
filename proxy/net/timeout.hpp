#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace historyd::net {

namespace asio = boost::asio;

// The error is the first of what an operation gives.
inline constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
// What a peer that has been sent its last bytes may take to read them.
inline constexpr std::chrono::milliseconds goodbye_time_max(1000);

namespace detail {

// Operator || takes a variant apart into its alternatives; in a box it stays one result.
template <class T>
struct boxed {
    T content;
};

template <class T>
asio::awaitable<boxed<T>> box(asio::awaitable<T> operation) {
    auto content = co_await std::move(operation);
    co_return boxed<T>{std::move(content)};
}

}  // namespace detail

// Runs `operation`, cancelling it when `limit` has passed. Returns: its result, or nothing when the
// time was up; either way it has ended. The operation must honour cancellation and report it as a
// value (as_tuple), not by throwing. Asio 1.81 has no cancel_after.
template <class T>
asio::awaitable<std::optional<T>> cancel_after(asio::steady_timer::duration limit,
                                               asio::awaitable<T> operation) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    auto first = co_await (detail::box(std::move(operation)) || timer.async_wait(nothrow));
    if (first.index() == 1) co_return std::nullopt;
    co_return std::optional<T>(std::get<0>(std::move(first)).content);
}

}  // namespace historyd::net
