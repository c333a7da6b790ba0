#include "proxy/forwarding.hpp"

#include <stdexcept>

namespace historyd {

namespace {

using std::chrono::milliseconds;

replicator::replicator_options options_of(const conf::backend_config& c) {
    replicator::replicator_options o;
    o.limits.batch_rows_max = static_cast<std::size_t>(c.batch_rows_max);
    o.limits.batch_time_max = milliseconds(c.batch_time_ms_max);
    o.limits.retry_max = milliseconds(c.retry_ms_max);
    o.limits.refused_retry = milliseconds(c.refused_retry_ms);
    o.limits.halted_retry = milliseconds(c.halted_retry_ms);
    o.limits.on_poison =
        c.on_poison == "park" ? replicator::poison_rule::park : replicator::poison_rule::halt;
    o.batch_bytes_max = static_cast<std::size_t>(c.batch_bytes_max);
    o.timeouts = {.connect = milliseconds(c.connect_timeout_ms),
                  .silence = milliseconds(c.reply_timeout_ms)};
    return o;
}

}  // namespace

void check_forwarding(const conf::config& c) {
    if (c.backend.url.empty() || c.databases.size() < 2) return;
    throw std::runtime_error(
        "backend.url: one file is forwarded, and [databases] names several; run a historyd for "
        "each");
}

std::unique_ptr<replicator::replicator> forward(const conf::config& c, writer::writer& writer) {
    if (c.backend.url.empty()) return nullptr;
    auto target = postgres::target::parse(c.backend.url, c.backend.password_file,
                                          milliseconds(c.backend.reply_timeout_ms));
    if (!target) throw std::runtime_error(target.error().message);
    const auto& file = c.databases.empty() ? c.storage : c.databases.front().path;
    return std::make_unique<replicator::replicator>(writer, file, *std::move(target),
                                                    options_of(c.backend));
}

}  // namespace historyd
