#include "storage/engine.hpp"

#include "storage/catalog/catalog.hpp"
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
}

engine::~engine() = default;

void engine::drain(std::chrono::milliseconds grace) { writer_->drain(grace); }

void engine::interrupt() {
    readers_->interrupt_all();
    writer_->progress().stop();
}

}  // namespace historyd
