#pragma once

#include <cstddef>
#include <cstdint>

namespace historyd::sqlite {

// How much memory one statement may hold, in SQLite and in aggregates of ours. Counted on the
// thread that runs the statement, so that nothing is shared: SQLite's own limit counts all
// statements together, under a global lock.
class memory_budget {
public:
    // Before the first connection is opened, and once. `bytes_max` of 0: no limit.
    static void install();
    static void set_limit(std::size_t bytes_max);

    // While it lives, what this thread allocates is a statement's: its count goes on from `held`.
    class running {
    public:
        explicit running(std::int64_t& held);
        running(const running&) = delete;
        running& operator=(const running&) = delete;
        ~running();
    };

    // Memory of ours that an aggregate of the running statement holds while this lives.
    class kept {
    public:
        kept() = default;
        kept(const kept&) = delete;
        kept& operator=(const kept&) = delete;
        ~kept();

        // Throws std::bad_alloc beyond the limit, which functions answer with 53200.
        void add(std::size_t bytes);
        std::size_t bytes() const { return bytes_; }

    private:
        std::size_t bytes_ = 0;
    };
};

}  // namespace historyd::sqlite
