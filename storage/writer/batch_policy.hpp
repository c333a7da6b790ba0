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

// How long the next batch may wait for company before it begins. Pure.
//
// Clients that were answered by the last COMMIT come back within a round trip of each other; the
// first of them would have an fsync to itself and make the others wait for it. So after a shared
// COMMIT the writer gives them a fraction of what an fsync costs. After a COMMIT of one unit it
// never waits: a lone writer is not delayed.
struct gathering {
    std::size_t last_batch_units = 0;
    std::size_t queued = 0;
    std::chrono::microseconds last_commit{0};  // how long the last COMMIT took
};
std::chrono::microseconds gather_time(const gathering& now);

}  // namespace historyd::writer
