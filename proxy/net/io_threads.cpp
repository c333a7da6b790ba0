#include "proxy/net/io_threads.hpp"

namespace historyd::net {

io_threads::io_threads(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        // A hint of one thread: no contention to arrange for, posting from others is still safe.
        contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
        busy_.push_back(boost::asio::make_work_guard(*contexts_.back()));
    }
    for (auto& context : contexts_) {
        threads_.emplace_back([&context] { context->run(); });
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
