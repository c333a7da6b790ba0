#include "proxy/signal_driver.hpp"

#include <boost/asio/post.hpp>

#include <spdlog/spdlog.h>

#include <csignal>

namespace historyd {

signal_driver::signal_driver(boost::asio::io_context& loop, net::server& s,
                             std::vector<net::http_server*> http, net::http_server* admin,
                             databases& all, service_notifier& notifier, effects what)
    : loop_(loop),
      server_(s),
      http_(std::move(http)),
      admin_(admin),
      databases_(all),
      notifier_(notifier),
      effects_(std::move(what)),
      signals_(loop, SIGTERM, SIGINT, SIGHUP),
      patience_(loop) {
    wait();
}

void signal_driver::wait() {
    signals_.async_wait([this](boost::system::error_code cancelled, int signal) {
        if (cancelled) return;
        on_signal(signal);
        wait();
    });
}

void signal_driver::on_signal(int signal) {
    if (signal == SIGHUP) {
        if (draining_) return;
        notifier_.reloading();
        effects_.reload();
        notifier_.ready();
    } else if (!draining_) {
        drain();
    } else {
        hurry("second signal");
    }
}

void signal_driver::drain() {
    draining_ = true;
    effects_.stop();
    notifier_.stopping();
    spdlog::info("stopping: {} sessions", server_.sessions());
    const auto drained = [this] { boost::asio::post(loop_, [this] { one_drained(); }); };
    server_.drain(drained);
    for (auto* h : http_) h->drain(drained);
    patience_.expires_after(effects_.drain_timeout());
    patience_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) hurry("network.drain_timeout_ms has passed");
    });
}

void signal_driver::hurry(std::string_view why) {
    spdlog::warn("{}: cancelling what is running", why);
    server_.hurry();
    for (auto* h : http_) h->hurry();
    if (admin_ != nullptr) admin_->hurry();
    databases_.interrupt();
}

void signal_driver::one_drained() {
    const auto served = http_.size() + 1;
    if (++drained_ < served) return;
    if (drained_ == served && admin_ != nullptr) {
        admin_->drain([this] { boost::asio::post(loop_, [this] { one_drained(); }); });
        return;
    }
    patience_.cancel();
    signals_.cancel();
    loop_.stop();
}

}  // namespace historyd
