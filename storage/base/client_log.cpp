#include "storage/base/client_log.hpp"

namespace historyd {

line_limit::decision line_limit::next(time_point now, std::uint64_t lines_max) {
    decision d;
    if (lines_ == 0 || now - began_ >= window) {
        d.left_out_before = left_out_;
        began_ = now;
        lines_ = left_out_ = 0;
    }
    ++lines_;
    if (lines_max != 0 && lines_ >= lines_max) {
        d.what = lines_ == lines_max ? verdict::write_last : verdict::leave_out;
    }
    if (d.what == verdict::leave_out) ++left_out_;
    return d;
}

namespace {

std::string_view name_of(client_log::kind k) {
    return client_log::kind_names[static_cast<std::size_t>(k)];
}

void say_left_out(client_log::kind k, std::uint64_t lines) {
    if (lines != 0)
        spdlog::warn("{} more lines of the kind \"{}\" were left out", lines, name_of(k));
}

}  // namespace

client_log::~client_log() {
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        say_left_out(static_cast<kind>(i), limits_[i].left_out());
    }
}

line_limit::verdict client_log::decide(kind k) {
    line_limit::decision decided;
    {
        const std::lock_guard lock(mutex_);
        decided =
            limits_[static_cast<std::size_t>(k)].next(std::chrono::steady_clock::now(), lines_max_);
    }
    if (decided.what == line_limit::verdict::leave_out) {
        left_out_[static_cast<std::size_t>(k)].add();
    }
    say_left_out(k, decided.left_out_before);
    return decided.what;
}

void client_log::say_enough(kind k) {
    spdlog::warn(
        "further lines of the kind \"{}\" are only counted for up to {} s "
        "(log.client_lines_max)",
        name_of(k), line_limit::window.count());
}

}  // namespace historyd
