#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

// Figures that many threads add to and few read: relaxed atomics, no locks, no names. Who owns a
// figure knows what it means; proxy/metrics_page.cpp gives it its name.

namespace historyd::metrics {

class counter {
public:
    void add(std::uint64_t n = 1) { n_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t get() const { return n_.load(std::memory_order_relaxed); }

private:
    alignas(64) std::atomic<std::uint64_t> n_{0};  // figures do not slow their neighbours down
};

// Upper bounds of a histogram's buckets; what is larger has one more.
inline constexpr std::array<std::uint64_t, 16> duration_bounds_us = {
    50,     100,    250,     500,     1'000,   2'500,     5'000,     10'000,
    25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000};
inline constexpr std::array<std::uint64_t, 13> size_bounds = {1,   2,   4,   8,    16,   32,  64,
                                                              128, 256, 512, 1024, 2048, 4096};

class histogram {
public:
    static constexpr std::size_t bounds_max = 16;

    // Requires: `bounds` ascends, has at most bounds_max values, and lives as long as this.
    explicit histogram(std::span<const std::uint64_t> bounds) : bounds_(bounds) {}

    void observe(std::uint64_t v) {
        std::size_t at = 0;
        while (at < bounds_.size() && v > bounds_[at]) ++at;
        counts_[at].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(v, std::memory_order_relaxed);
    }

    // By bucket, the one beyond the last bound included.
    struct snapshot {
        std::span<const std::uint64_t> bounds;
        std::array<std::uint64_t, bounds_max + 1> counts{};
        std::uint64_t count = 0, sum = 0;

        // The bound below which `share` of what was observed lies; 0 when nothing was.
        std::uint64_t quantile(double share) const {
            std::uint64_t seen = 0;
            for (std::size_t i = 0; i < bounds.size(); ++i) {
                seen += counts[i];
                if (count != 0 && static_cast<double>(seen) >= share * static_cast<double>(count)) {
                    return bounds[i];
                }
            }
            return count == 0 || bounds.empty() ? 0 : bounds.back();
        }
    };
    snapshot read() const {
        snapshot now{.bounds = bounds_, .counts = {}, .count = 0, .sum = 0};
        for (std::size_t i = 0; i <= bounds_.size(); ++i) {
            now.counts[i] = counts_[i].load(std::memory_order_relaxed);
            now.count += now.counts[i];
        }
        now.sum = sum_.load(std::memory_order_relaxed);
        return now;
    }

private:
    const std::span<const std::uint64_t> bounds_;
    alignas(64) std::array<std::atomic<std::uint64_t>, bounds_max + 1> counts_{};
    std::atomic<std::uint64_t> sum_{0};
};

// A histogram of microseconds.
class duration_histogram : public histogram {
public:
    duration_histogram() : histogram(duration_bounds_us) {}
};

// A histogram of counts.
class size_histogram : public histogram {
public:
    size_histogram() : histogram(size_bounds) {}
};

}  // namespace historyd::metrics
