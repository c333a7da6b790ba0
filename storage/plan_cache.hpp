#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/sql/parse.hpp"
#include "storage/sql/plan.hpp"
#include "storage/sql/statement.hpp"

namespace historyd::sql {

// A query string, parsed and classified.
struct parsed_statement {
    raw_statement raw;
    sql::statement kind;
};
using parsed_query = std::shared_ptr<const std::vector<parsed_statement>>;

// Parsed query strings and translated statements, least recently used out first. Any thread.
// A plan is found by everything its translation depended on; the caller packs that into the key.
class plan_cache {
public:
    plan_cache(std::size_t entries_max, std::size_t bytes_max);

    // Returns: nullptr when not cached.
    parsed_query find_query(std::string_view text);
    void add_query(std::string_view text, parsed_query query);

    // Returns: nullptr when not cached or made for another schema epoch.
    plan_ptr find_plan(std::string_view key, std::uint64_t schema_epoch);
    void add_plan(std::string_view key, plan_ptr plan);

private:
    struct entry {
        std::string key;
        parsed_query query;
        plan_ptr plan;
    };
    using entry_list = std::list<entry>;

    entry* find(std::string_view key);  // requires: mutex_ held
    entry& insert(std::string key);     // requires: mutex_ held

    const std::size_t entries_max_, bytes_max_;
    std::mutex mutex_;
    // guarded by mutex_:
    entry_list entries_;                                                // most recently used first
    std::unordered_map<std::string_view, entry_list::iterator> index_;  // views into entries_
    std::size_t bytes_ = 0;
};

}  // namespace historyd::sql
