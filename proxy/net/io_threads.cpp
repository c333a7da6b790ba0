#include "proxy/net/io_threads.hpp"

#include "storage/base/completion.hpp"
#include "storage/base/lingering.hpp"

namespace historyd::net {

namespace {

using std::chrono::microseconds;

void run(boost::asio::io_context& context) {
    // Of the writer or a reader; a client in Python comes back sooner than a thread would be awake.
    lingering for_answer(microseconds(50), microseconds(600));
    lingering for_client(microseconds(50), microseconds(400));
    // Beyond: with so many clients at work no core is idle for long.
    constexpr std::size_t few = 8;
    for (;;) {
        if (answers_awaited > few) {
            if (context.poll() == 0 && context.run_one() == 0) return;
            continue;
        }
        auto& wait = answers_awaited > 0 ? for_answer : for_client;
        const bool found = wait.look([&] { return context.poll() > 0; });
        if (!found && context.run_one() == 0) return;
        wait.came();
    }
}

}  // namespace

io_threads::io_threads(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        // A hint of one thread: no contention to arrange for, posting from others is still safe.
        contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
        busy_.push_back(boost::asio::make_work_guard(*contexts_.back()));
    }
    for (auto& context : contexts_) {
        threads_.emplace_back([&context] { run(*context); });
    }
}

io_threads::~io_threads() {
    for (auto& context : contexts_) context->stop();
    threads_.clear();
}

void io_threads::join() {
    busy_.clear();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

}  // namespace historyd::net
