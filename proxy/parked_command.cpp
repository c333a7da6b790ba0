#include "proxy/parked_command.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "conf/client_url.hpp"

#include "storage/engine.hpp"
#include "storage/outbox/outbox_reader.hpp"
#include "storage/replicator/change_text.hpp"
#include "storage/sqlite/file_lock.hpp"
#include "storage/transfer/pg_connection.hpp"

namespace historyd {

namespace {

template <class T>
void check(const result<T>& done) {
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

// As an operator of the historyd that serves the file. It answers before the writer has done it;
// what is parked shows when it has.
void ask_daemon(const std::string& url, std::string_view action, std::int64_t seq) {
    auto connection = transfer::pg_connection::connect(url);
    check(connection);
    const auto number = std::to_string(seq);
    check(
        connection->execute("SELECT historyd_" + std::string(action) + "_parked(" + number + ")"));
    for (int tries = 0; tries < 200; ++tries) {
        auto left = connection->execute("SHOW parked");
        check(left);
        bool there = false;
        for (int i = 0; i < PQntuples(left->get()); ++i) {
            there = there || PQgetvalue(left->get(), i, 0) == number;
        }
        if (!there) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("the writer has not come to it yet; see SHOW parked");
}

}  // namespace

void parked(const conf::config& c, const parked_request& r) {
    const auto named = std::ranges::find(c.databases, r.database, &conf::database_config::name);
    if (!r.database.empty() && named == c.databases.end()) {
        throw std::runtime_error("there is no [databases." + r.database + "]");
    }
    std::filesystem::path file = c.storage;
    std::string database;
    if (!c.databases.empty()) {
        const auto& d = r.database.empty() ? c.databases.front() : *named;
        file = d.path;
        database = d.name;
    }
    if (!std::filesystem::exists(file)) throw std::runtime_error("there is no " + file.string());
    if (r.action == "list") return list(file);
    if (auto free = sqlite::file_lock::acquire(file); !free) {
        auto url = r.url.empty() ? conf::client_url(c) : result<std::string>(r.url);
        check(url);
        if (r.url.empty() && !database.empty()) {
            url->replace(url->find("/mem0", url->find("://") + 3), 5, "/" + database);
        }
        return ask_daemon(*url, r.action, r.seq);
    }
    engine_options options;
    options.storage = file;
    options.writer.forward = true;
    options.writer.outbox_retention_s = c.backend.outbox_retention_days * 86'400;
    engine storage(options);
    boost::asio::io_context loop;
    result<void> outcome;
    auto work = change(storage.writes(), r.action == "retry", r.seq);
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
