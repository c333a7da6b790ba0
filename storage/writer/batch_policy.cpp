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

std::chrono::microseconds gather_time(const gathering& now) {
    constexpr std::chrono::microseconds longest{1000};
    const bool company_expected = now.last_batch_units > 1 && now.queued < now.last_batch_units;
    if (!company_expected) return std::chrono::microseconds{0};
    return std::min(now.last_commit / 4, longest);
}

}  // namespace historyd::writer
