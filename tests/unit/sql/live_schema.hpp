#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "storage/settings/settings.hpp"
#include "storage/sql/translate.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/statement_context.hpp"

namespace historyd::sql::testing {

// The schema that definitions leave in a SQLite file of its own: what the writer does with them,
// without its threads.
class live_schema {
public:
    live_schema();
    ~live_schema();

    // Requires: a definition, which succeeds.
    void define(const std::string& statement);
    result<plan_ptr> translate(const std::string& statement,
                               std::span<const oid> parameter_types = {}) const;
    const schema::schema& schema() const { return *context_->schema; }

private:
    void load();

    std::filesystem::path folder_;
    settings::session_settings settings_;
    sqlite::sequence_registry sequences_;
    std::shared_ptr<sqlite::statement_context> context_;
    std::unique_ptr<sqlite::database> db_;
};

}  // namespace historyd::sql::testing
