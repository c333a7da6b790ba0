#include "proxy/service_notifier.hpp"

#include <boost/asio/post.hpp>

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <ctime>

namespace historyd {

namespace {

constexpr std::chrono::microseconds status_interval{5'000'000};

// CLOCK_MONOTONIC in microseconds: by it systemd tells this reload from an earlier one.
std::int64_t monotonic_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

std::vector<int> inherited_sockets() {
    std::vector<int> sockets;
    const int count = sd_listen_fds(1);
    for (int i = 0; i < count; ++i) sockets.push_back(SD_LISTEN_FDS_START + i);
    return sockets;
}

service_notifier::service_notifier(boost::asio::io_context& loop, net::io_threads& threads,
                                   std::function<std::string()> status)
    : threads_(threads),
      status_(std::move(status)),
      watched_by_manager_(std::getenv("NOTIFY_SOCKET") != nullptr),
      interval_(status_interval),
      timer_(loop),
      silent_(std::make_shared<std::atomic<std::size_t>>(0)) {
    std::uint64_t watchdog_us = 0;
    has_watchdog_ = sd_watchdog_enabled(0, &watchdog_us) > 0;
    // Twice in the time allowed, as systemd advises.
    if (has_watchdog_) {
        interval_ = std::min(interval_, std::chrono::microseconds(watchdog_us / 2));
    }
}

service_notifier::~service_notifier() = default;

void service_notifier::ready() {
    last_status_ = status_();
    sd_notifyf(0, "READY=1\nSTATUS=%s", last_status_.c_str());
    if (watched_by_manager_) tick();
}

void service_notifier::reloading() {
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=Reloading the configuration",
               static_cast<long long>(monotonic_us()));
}

void service_notifier::stopping() { sd_notify(0, "STOPPING=1\nSTATUS=Finishing what is running"); }

void service_notifier::tick() {
    if (has_watchdog_) ask_threads();
    if (auto now = status_(); now != last_status_) {
        last_status_ = std::move(now);
        sd_notifyf(0, "STATUS=%s", last_status_.c_str());
    }
    timer_.expires_after(interval_);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) tick();
    });
}

// The main loop runs, as this shows; the watchdog is fed when every I/O thread has answered too. A
// thread that hangs starves it, and systemd restarts the daemon.
void service_notifier::ask_threads() {
    if (silent_->load() != 0) {
        spdlog::warn("{} of {} I/O threads have not answered for {} ms", silent_->load(),
                     threads_.size(), interval_.count() / 1000);
        return;
    }
    silent_->store(threads_.size());
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        boost::asio::post(threads_.at(i), [silent = silent_] {
            if (--*silent == 0) sd_notify(0, "WATCHDOG=1");
        });
    }
}

}  // namespace historyd
