#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "storage/settings/settings.hpp"
#include "storage/sql/translate.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::sql::testing {

// A SQLite file that translated statements run on, one after the other, each in a transaction of its
// own: what the writer does, without its threads.
class live_file {
public:
    live_file();
    ~live_file();

    // Runs a statement as psql -At shows it: notices, rows with '|' between the values, the command
    // tag of a statement without rows; an error with its SQLSTATE, DETAIL and HINT.
    std::string run(const std::string& statement);

    result<plan_ptr> translate(const std::string& statement,
                               std::span<const oid> parameter_types = {});
    const schema::schema& schema() const { return *context_.schema; }
    sqlite::database& db() { return *db_; }
    // Reads the schema again, as the writer does after another program's change.
    void reload();

private:
    std::string run_plan(const plan& p);
    result<void> run_steps(const plan& p);

    std::filesystem::path file_;
    sqlite::sequence_registry sequences_;
    settings::session_settings settings_;
    sqlite::statement_context context_;
    std::unique_ptr<sqlite::database> db_;
};

// An error or notice as psql's verbose output has it, without position and location.
std::string message_text(const sql_error& e);

}  // namespace historyd::sql::testing
