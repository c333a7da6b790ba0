#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace historyd::writer {

// What a queued unit adds to a batch.
struct unit_size {
    std::size_t rows = 0;
    std::size_t bytes = 0;
};

struct batch_limits {
    std::size_t rows_max = 0;
    std::size_t bytes_max = 0;
    std::chrono::microseconds time_max{0};
};

// What the batch in progress holds so far.
struct batch_so_far {
    std::size_t units = 0;
    unit_size size;
    std::chrono::microseconds age{0};  // since its BEGIN
};

// Decides which queued writes share one COMMIT. Pure; called by the writer only.
// Returns: how many of the queue's front to take now. The first unit of a batch is always taken,
// however large: a limit on one unit's size is not the batch's business.
std::size_t units_to_take(const batch_so_far& batch, std::span<const unit_size> queue,
                          const batch_limits& limits);

// How a batch whose units have all run may wait for company before its COMMIT. Pure.
//
// Clients that were answered by the last COMMIT come back within a round trip of each other.
// Without a wait the first of them would have an fsync with those that queued up during the last
// one, the others would wait behind it, and each group would hold half of the clients. So the
// writer gives those it has just answered a fraction of what an fsync costs, as long as they keep
// coming. It never waits for anybody when the last COMMIT was one unit's and nobody else was
// waiting: a lone writer is not delayed. Nor after a quick COMMIT: then a round trip costs more.
struct gathering {
    std::size_t last_batch_units = 0;
    std::size_t queued_then = 0;  // when the last batch was answered: others than those in it
    std::size_t units = 0;        // in this batch so far
    std::chrono::microseconds last_commit{0};  // how long the last COMMIT took
};
struct gather_limits {
    std::size_t units = 0;               // go on when so many are queued: they run meanwhile
    std::chrono::microseconds time{0};   // in all at most; zero: do not wait
    std::chrono::microseconds pause{0};  // stop when nobody came for so long
};
gather_limits gather(const gathering& now);

}  // namespace historyd::writer
