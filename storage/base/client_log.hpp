#pragma once

#include <absl/base/thread_annotations.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "storage/base/metrics.hpp"

namespace historyd {

// So many lines in a window of time; the others are counted. Pure: time comes from outside.
class line_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds window{60};

    enum class verdict : std::uint8_t { write, write_last, leave_out };
    struct decision {
        verdict what = verdict::write;
        std::uint64_t left_out_before = 0;  // in the window that this line ends
    };
    // `lines_max`: 0 is no limit.
    decision next(time_point now, std::uint64_t lines_max);
    // Returns: how many were left out since the last window ended.
    std::uint64_t left_out() const { return left_out_; }

private:
    time_point began_{};
    std::uint64_t lines_ = 0, left_out_ = 0;
};

// The log's lines that clients can bring about as often as they like: of each kind so many a
// minute, the others are counted, and the log says how many they were. Any thread.
class client_log {
public:
    enum class kind : std::uint8_t { login, tls, session, statement, request };
    static constexpr std::array<std::string_view, 5> kind_names = {"login", "tls", "session",
                                                                   "statement", "request"};

    client_log() = default;
    client_log(const client_log&) = delete;
    client_log& operator=(const client_log&) = delete;
    // Says what was left out last.
    ~client_log();

    template <class... Arguments>
    void write(kind k, spdlog::level::level_enum level, fmt::format_string<Arguments...> format,
               Arguments&&... arguments) {
        if (!spdlog::should_log(level)) return;
        const auto decided = decide(k);
        if (decided == line_limit::verdict::leave_out) return;
        spdlog::log(level, format, std::forward<Arguments>(arguments)...);
        if (decided == line_limit::verdict::write_last) say_enough(k);
    }

    // 0: no limit.
    void set_lines_max(std::uint64_t lines) { lines_max_ = lines; }
    std::uint64_t left_out(kind k) const { return left_out_[static_cast<std::size_t>(k)].get(); }

private:
    line_limit::verdict decide(kind k);
    static void say_enough(kind k);

    std::atomic<std::uint64_t> lines_max_{60};
    std::array<metrics::counter, kind_names.size()> left_out_;
    std::mutex mutex_;
    std::array<line_limit, kind_names.size()> limits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace historyd
