#include "storage/transfer/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace historyd::transfer {

namespace {

constexpr std::chrono::milliseconds terminal_interval{100}, line_interval{5000};
constexpr std::size_t bar_width = 30;

std::string minutes(double seconds) {
    const auto s = static_cast<std::uint64_t>(std::min(seconds, 359'999.0) + 0.5);
    if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
    return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

std::string grouped(std::uint64_t n) {
    auto text = std::to_string(n);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

std::string progress_line(std::string_view stage, double fraction, std::uint64_t rows,
                          std::chrono::duration<double> elapsed, bool bar) {
    fraction = std::clamp(fraction, 0.0, 1.0);
    std::string out = fmt::format("{:<9}", stage);
    if (bar) {
        const auto filled = static_cast<std::size_t>(fraction * bar_width);
        out += " [" + std::string(filled, '#') + std::string(bar_width - filled, ' ') + "]";
    }
    out += fmt::format(" {:3.0f}%  {} rows", fraction * 100, grouped(rows));
    const double seconds = elapsed.count();
    if (seconds > 0) {
        out += fmt::format(
            "  {}/s", grouped(static_cast<std::uint64_t>(static_cast<double>(rows) / seconds)));
    }
    if (fraction >= 1) {
        out += fmt::format("  took {}", minutes(seconds));
    } else if (fraction > 0) {
        out += fmt::format("  {} left", minutes(seconds * (1 - fraction) / fraction));
    }
    return out;
}

progress_display::progress_display(std::FILE* out)
    : out_(out), terminal_(::isatty(::fileno(out)) != 0) {}

void progress_display::begin(std::string stage) {
    end();
    stage_ = std::move(stage);
    fraction_ = 0;
    rows_ = 0;
    started_ = shown_ = clock::now();
}

void progress_display::update(double fraction, std::uint64_t rows) {
    fraction_ = fraction;
    rows_ = rows;
    const auto interval = terminal_ ? terminal_interval : line_interval;
    if (clock::now() - shown_ >= interval) show(false);
}

void progress_display::end() {
    if (stage_.empty()) return;
    show(true);
    stage_.clear();
}

void progress_display::show(bool last) {
    shown_ = clock::now();
    const auto line = progress_line(stage_, fraction_, rows_, shown_ - started_, terminal_);
    // \x1b[K: nothing of a longer line before it stays.
    std::fprintf(out_, "%s%s%s", terminal_ ? "\r" : "", line.c_str(), terminal_ ? "\x1b[K" : "");
    if (last || !terminal_) std::fputc('\n', out_);
    std::fflush(out_);
}

}  // namespace historyd::transfer
