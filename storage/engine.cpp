#include "storage/engine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <charconv>

#include "storage/catalog/catalog.hpp"
#include "storage/sql_session.hpp"
#include "storage/sqlite/functions/register.hpp"
#include "storage/sqlite/live_functions.hpp"
#include "storage/sqlite/memory_budget.hpp"

namespace historyd {

namespace {

std::vector<sqlite::database::extension> extensions(sqlite::live_server* const& live) {
    return {sqlite::register_functions, catalog::register_catalog,
            [&live](sqlite::database& db) { return sqlite::register_live_functions(db, live); }};
}

}  // namespace

engine::engine(engine_options options)
    : acknowledge_backend_(options.acknowledge_backend),
      acknowledge_timeout_(options.acknowledge_timeout),
      sequences_(std::make_shared<sqlite::sequence_registry>()),
      plans_(options.plan_cache_entries_max, options.plan_cache_bytes_max),
      // The writer first: it creates the file, takes the lock and loads the schema.
      writer_(std::make_unique<writer::writer>(options.storage, extensions(live), sequences_,
                                               options.writer)),
      readers_(std::make_unique<reader::reader_pool>(options.storage, extensions(live),
                                                     options.reader)) {
    sqlite::memory_budget::set_limit(options.statement_memory_bytes_max);
    drop_left_behind();
}

engine::~engine() = default;

// Temporary tables of sessions that a killed daemon had. Each is dropped as its session would have.
void engine::drop_left_behind() {
    const auto found = schema();
    for (const auto& space : found->namespaces) {
        if (!space.is_temporary()) continue;
        const auto number = std::string_view(space.name).substr(schema::temporary_prefix.size());
        session_identity identity;
        std::from_chars(number.data(), number.data() + number.size(), identity.process_id);
        asio::co_spawn(
            start_up_,
            [&]() -> asio::awaitable<void> {
                sql_session session(*this, identity);
                co_await session.end();
            },
            asio::detached);
        start_up_.run();
        start_up_.restart();
    }
}

void engine::drain(std::chrono::milliseconds grace) { writer_->drain(grace); }

void engine::interrupt() {
    readers_->interrupt_all();
    writer_->progress().stop();
}

}  // namespace historyd
