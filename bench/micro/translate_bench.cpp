#include <benchmark/benchmark.h>

#include <filesystem>

#include "storage/base/random_uuid.hpp"
#include "storage/engine.hpp"
#include "storage/sql_session.hpp"

namespace historyd {
namespace {

constexpr std::string_view insert =
    "INSERT INTO history (id, memory_id, old_memory, new_memory, event, created_at, is_deleted) "
    "VALUES "
    "('c5d7fd5c-33b6-4d51-9d1b-3a8f5b5e2a5f', 'memory-17', 'Lives in Lisbon', 'Lives in Porto', "
    "'UPDATE', "
    "'2026-11-25T10:00:00+00:00'::timestamptz, 0)";

// A session on an empty file whose schema a foreign program made: no writer is needed.
class history_file : public benchmark::Fixture {
public:
    void SetUp(benchmark::State&) override {
        folder_ = std::filesystem::temp_directory_path() / ("historyd-" + random_uuid());
        std::filesystem::create_directory(folder_);
        sqlite3* db = nullptr;
        sqlite3_open((folder_ / "history.db").c_str(), &db);
        sqlite3_exec(db,
                     "CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, "
                     "new_memory TEXT,"
                     " event TEXT, created_at DATETIME, is_deleted INTEGER)",
                     nullptr, nullptr, nullptr);
        sqlite3_close(db);
        engine_options options;
        options.storage = folder_ / "history.db";
        engine_ = std::make_unique<engine>(std::move(options));
        session_ = std::make_unique<sql_session>(
            *engine_, session_identity{.user = "mem0", .database = "mem0"});
    }
    void TearDown(benchmark::State&) override {
        session_.reset();
        engine_.reset();
        std::filesystem::remove_all(folder_);
    }

protected:
    prepared_statement parsed() {
        const auto query = session_->parse(insert);
        prepared_statement statement;
        statement.raw = (*query)->front().raw;
        statement.kind = (*query)->front().kind;
        return statement;
    }

    std::filesystem::path folder_;
    std::unique_ptr<engine> engine_;
    std::unique_ptr<sql_session> session_;
};

BENCHMARK_F(history_file, parse)(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sql::parse(insert));
}

BENCHMARK_F(history_file, translate)(benchmark::State& state) {
    auto statement = parsed();
    for (auto _ : state) benchmark::DoNotOptimize(session_->prepare_once(statement));
}

BENCHMARK_F(history_file, cache_hit)(benchmark::State& state) {
    for (auto _ : state) {
        auto statement = parsed();
        benchmark::DoNotOptimize(session_->prepare(statement));
    }
}

}  // namespace
}  // namespace historyd
