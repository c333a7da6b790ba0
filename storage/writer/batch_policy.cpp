#include "storage/writer/batch_policy.hpp"

#include <algorithm>

namespace historyd::writer {

std::size_t units_to_take(const batch_so_far& batch, std::span<const unit_size> queue,
                          const batch_limits& limits) {
    if (batch.units > 0 && batch.age >= limits.time_max) return 0;
    auto size = batch.size;
    std::size_t taken = 0;
    for (const auto& unit : queue) {
        size.rows += unit.rows;
        size.bytes += unit.bytes;
        const bool fits = size.rows <= limits.rows_max && size.bytes <= limits.bytes_max;
        if (!fits && batch.units + taken > 0) break;
        ++taken;
    }
    return taken;
}

gather_limits gather(const gathering& now) {
    constexpr std::chrono::microseconds worthwhile{1500}, time_max{4000}, pause_min{50};
    const auto company = now.last_batch_units + now.queued_then;
    if (company <= 1 || now.units >= company || now.last_commit < worthwhile) return {};
    const auto time = std::min(now.last_commit / 2, time_max);
    const auto missing = company - now.units;
    // Woken for each of them, the writer would cost more than it gains by running them early.
    return {.units = (missing + 3) / 4, .time = time, .pause = std::max(time / 4, pause_min)};
}

}  // namespace historyd::writer
