#include "proxy/net/io_threads.hpp"

#include "storage/base/completion.hpp"
#include "storage/base/lingering.hpp"

namespace historyd::net {

namespace {

// Longer while the writer or a reader owes this thread an answer.
constexpr std::chrono::microseconds linger{50}, linger_for_answer{300};

void run(boost::asio::io_context& context) {
    while (context.run_one() > 0) {
        lingering more;
        do {
            if (context.poll() > 0) more.start();
        } while (more.goes_on(answers_awaited > 0 ? linger_for_answer : linger));
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
