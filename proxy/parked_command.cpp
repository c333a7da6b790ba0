#include "proxy/parked_command.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <stdexcept>

#include "storage/engine.hpp"
#include "storage/outbox/outbox_reader.hpp"
#include "storage/replicator/change_text.hpp"

namespace historyd {

namespace {

void check(const result<void>& done) {
    if (!done) throw std::runtime_error(done.error().message);
}

void list(const std::filesystem::path& file) {
    auto reader = outbox::outbox_reader::open(file);
    if (!reader) throw std::runtime_error(reader.error().message);
    const auto all = (*reader)->parked();
    if (!all) throw std::runtime_error(all.error().message);
    for (const auto& p : *all) {
        std::printf("%lld  %s: %s\n", static_cast<long long>(p.change.seq),
                    replicator::described(p.change).c_str(), p.message.c_str());
    }
}

boost::asio::awaitable<result<void>> change(writer::writer& w, bool retry, std::int64_t seq) {
    if (retry) co_return co_await w.retry_parked(seq);
    co_return co_await w.discard_parked(seq);
}

}  // namespace

void parked(const conf::config& c, std::string_view action, std::int64_t seq) {
    const std::filesystem::path file = c.databases.empty() ? c.storage : c.databases.front().path;
    if (!std::filesystem::exists(file)) throw std::runtime_error("there is no " + file.string());
    if (action == "list") return list(file);
    engine_options options;
    options.storage = file;
    options.writer.forward = true;
    options.writer.outbox_retention_s = c.backend.outbox_retention_days * 86'400;
    engine storage(options);
    boost::asio::io_context loop;
    result<void> outcome;
    auto work = change(storage.writes(), action == "retry", seq);
    boost::asio::co_spawn(loop, std::move(work),
                          [&outcome](const std::exception_ptr& failed, result<void> done) {
                              if (failed) std::rethrow_exception(failed);
                              outcome = std::move(done);
                          });
    loop.run();
    storage.drain(std::chrono::milliseconds(0));
    check(outcome);
}

}  // namespace historyd
