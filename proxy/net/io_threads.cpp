#include "proxy/net/io_threads.hpp"

#include "storage/base/completion.hpp"
#include "storage/base/lingering.hpp"

namespace historyd::net {

namespace {

// Longer while the writer or a reader owes this thread an answer, unless the disk is so slow that
// it would be for nothing.
constexpr std::chrono::microseconds linger{50}, linger_for_answer{600};

void run(boost::asio::io_context& context) {
    linger_span for_answer(linger, linger_for_answer);
    lingering more;
    for (;;) {
        const bool awaits_answer = answers_awaited > 0;
        if (context.poll() == 0) {
            if (more.goes_on(awaits_answer ? for_answer.now() : linger)) continue;
            if (context.run_one() == 0) return;
        }
        const auto waited = more.start();
        if (awaits_answer) for_answer.came_after(waited);
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
