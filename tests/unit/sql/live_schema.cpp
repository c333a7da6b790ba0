#include "tests/unit/sql/live_schema.hpp"

#include <stdlib.h>

#include <stdexcept>

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/object_names.hpp"
#include "storage/catalog/schema_store.hpp"
#include "storage/sql/parse.hpp"
#include "storage/sqlite/functions/register.hpp"

namespace historyd::sql::testing {

namespace {

template <class T>
T required(result<T> r) {
    if (!r) throw std::runtime_error(r.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*r);
}

}  // namespace

live_schema::live_schema() : context_(std::make_shared<sqlite::statement_context>()) {
    auto name = (std::filesystem::temp_directory_path() / "historyd-schema-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const sqlite::database::extension extensions[] = {sqlite::register_functions,
                                                      catalog::register_catalog};
    db_ = required(sqlite::database::open(folder_ / "live.db", sqlite::open_mode::read_write_create,
                                          extensions));
    context_->settings = settings_.snapshot();
    context_->sequences = &sequences_;
    required(db_->run("PRAGMA synchronous = OFF"));
    required(db_->run("BEGIN"));
    required(catalog::create_own_tables(*db_));
    required(db_->run("COMMIT"));
    load();
}

live_schema::~live_schema() {
    db_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void live_schema::load() {
    db_->set_context(nullptr);
    context_->schema = required(catalog::load_schema(*db_));
    auto io = std::make_shared<types::io_settings>(*settings_.io());
    io->names = catalog::make_object_names(context_->schema, {"public"}, "tester");
    context_->io = std::move(io);
    sequences_.refresh(*context_->schema,
                       required(catalog::load_sequence_positions(*db_, *context_->schema)));
    db_->set_context(context_.get());
}

result<plan_ptr> live_schema::translate(const std::string& statement,
                                        std::span<const oid> parameter_types) const {
    const auto parsed = parse(statement);
    if (!parsed) return parsed.error();
    return sql::translate(parsed->front(), {.schema = *context_->schema,
                                            .io = context_->io,
                                            .search_path = {"public"},
                                            .parameter_types = parameter_types,
                                            .user = "tester",
                                            .database = "mem0"});
}

void live_schema::define(const std::string& statement) {
    const auto plan = required(translate(statement));
    required(db_->run("BEGIN"));
    for (const auto& step : plan->steps) required(db_->execute(step.sql, step.parameters, nullptr));
    required(db_->run("COMMIT"));
    load();
}

}  // namespace historyd::sql::testing
