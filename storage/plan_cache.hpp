#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/sql/literals.hpp"
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

// A query string of some shape (literals.hpp) as a statement with parameters in the places of its
// constants, or of some of them.
struct lifted_query {
    raw_statement raw;  // none: the shape was met, and nothing is known of it (yet)
    sql::statement kind;
    std::vector<types::oid> declared_types;  // of the parameters, 0: inferred
    std::vector<std::optional<literal>>
        fixed;              // per constant: what it has to be; none: a parameter
    bool hopeless = false;  // nothing to be gained
};
using lifted_query_ptr = std::shared_ptr<const lifted_query>;

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

    // Returns: nullptr when not cached.
    lifted_query_ptr find_lifted(std::string_view shape_key);
    // Replaces what is there.
    void add_lifted(std::string_view shape_key, lifted_query_ptr lifted);

    // Hits and misses are of plans.
    struct figures {
        std::uint64_t hits = 0, misses = 0, entries = 0, bytes = 0;
    };
    figures stats() const;

private:
    // Query strings, plans and shapes share one table.
    enum class kind : std::uint8_t { query, plan, shape };
    struct entry_key {
        plan_cache::kind kind;
        std::string_view text;
        bool operator==(const entry_key&) const = default;
    };
    struct key_hash {
        std::size_t operator()(const entry_key& k) const noexcept;
    };
    struct entry {
        plan_cache::kind kind;
        std::string text;
        parsed_query query;
        plan_ptr plan;
        lifted_query_ptr lifted;
    };
    using entry_list = std::list<entry>;

    entry* find(entry_key k);    // requires: mutex_ held
    entry& insert(entry_key k);  // requires: mutex_ held

    const std::size_t entries_max_, bytes_max_;
    mutable std::mutex mutex_;
    // guarded by mutex_:
    entry_list entries_;  // most recently used first
    std::unordered_map<entry_key, entry_list::iterator, key_hash> index_;  // views into entries_
    std::size_t bytes_ = 0;
    std::uint64_t hits_ = 0, misses_ = 0;
};

}  // namespace historyd::sql
