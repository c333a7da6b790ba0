#pragma once

#include <gtest/gtest.h>

#include "coroutine_runner.hpp"
#include "fault_vfs.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/writer/writer.hpp"
#include "temporary_directory.hpp"

namespace historyd::writer {

// A writer on a file of its own, on a disk that can be made to fail, with plans made by hand.
class WriterTest : public ::testing::Test {
protected:
    WriterTest() { fault_vfs::reset(); }
    ~WriterTest() override { fault_vfs::reset(); }

    writer& w() {
        if (!writer_) {
            sequences_ = std::make_shared<sqlite::sequence_registry>();
            writer_ = std::make_unique<writer>(file(), extensions_, sequences_, options_);
        }
        return *writer_;
    }
    std::filesystem::path file() const { return dir_.file("test.db"); }

    std::shared_ptr<sqlite::statement_context> context();
    // Plans for the schema in force.
    sql::plan_ptr ddl(std::vector<std::string> steps);
    sql::plan_ptr dml(std::string sql, sql::command command = sql::command::insert,
                      const std::string& table = "t");
    // INSERT INTO table VALUES (?1, ...) over concrete rows.
    write_statement rows_into(const std::string& table, std::vector<std::vector<value>> rows);
    write_unit unit(std::vector<write_statement> statements);
    write_unit unit(const sql::plan_ptr& plan) { return unit({statement(plan)}); }
    write_statement statement(const sql::plan_ptr& plan, row_sink* sink = nullptr);

    // Submits and waits.
    result<unit_outcome> run(write_unit u) { return io_.run(w().submit(std::move(u))); }
    result<unit_outcome> run(const std::string& sql) { return run(unit(dml(sql))); }
    void make(const std::string& create_table);
    std::future<result<unit_outcome>> start(write_unit u) {
        auto running = io_.start(w().submit(std::move(u)));
        settle();
        return running;
    }
    // Returns when everything started so far has been put where it goes.
    void settle();
    lease acquire(std::chrono::milliseconds idle_timeout = std::chrono::milliseconds(0));

    // Before the writer is opened: `endless_` tells when it has made five rows.
    void tell_when_running(std::promise<void>& running);
    static constexpr const char* endless_ =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "INSERT INTO t SELECT tell(i) + 10, i FROM n";

    // What another connection sees.
    std::int64_t committed(const std::string& sql);

    fault_vfs::state& disk_ = fault_vfs::install();
    temporary_directory dir_;
    std::vector<sqlite::database::extension> extensions_;
    writer_options options_;
    std::shared_ptr<sqlite::sequence_registry> sequences_;
    coroutine_runner io_, other_io_;  // outlive the writer: it posts its answers there
    std::unique_ptr<writer> writer_;
};

}  // namespace historyd::writer
