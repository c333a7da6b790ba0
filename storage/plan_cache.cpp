#include "storage/plan_cache.hpp"

namespace historyd::sql {

namespace {

// A tree takes roughly this many times its text; keys are charged accordingly.
constexpr std::size_t tree_bytes_per_text_byte = 16;
constexpr std::size_t entry_overhead_bytes = 512;

// Query strings, plans and shapes share one table; the prefix keeps their keys apart.
std::string query_key(std::string_view text) { return std::string("q").append(text); }
std::string plan_key(std::string_view key) { return std::string("p").append(key); }
std::string lifted_key(std::string_view key) { return std::string("l").append(key); }

std::size_t cost(std::string_view key) {
    return entry_overhead_bytes + key.size() * tree_bytes_per_text_byte;
}

}  // namespace

plan_cache::plan_cache(std::size_t entries_max, std::size_t bytes_max)
    : entries_max_(entries_max), bytes_max_(bytes_max) {}

parsed_query plan_cache::find_query(std::string_view text) {
    const auto key = query_key(text);
    const std::scoped_lock lock(mutex_);
    auto* found = find(key);
    return found == nullptr ? nullptr : found->query;
}

void plan_cache::add_query(std::string_view text, parsed_query query) {
    auto key = query_key(text);
    const std::scoped_lock lock(mutex_);
    insert(std::move(key)).query = std::move(query);
}

plan_ptr plan_cache::find_plan(std::string_view key, std::uint64_t schema_epoch) {
    const auto full = plan_key(key);
    const std::scoped_lock lock(mutex_);
    auto* found = find(full);
    const bool fresh = found != nullptr && found->plan->schema_epoch == schema_epoch;
    ++(fresh ? hits_ : misses_);
    return fresh ? found->plan : nullptr;
}

void plan_cache::add_plan(std::string_view key, plan_ptr plan) {
    auto full = plan_key(key);
    const std::scoped_lock lock(mutex_);
    insert(std::move(full)).plan = std::move(plan);
}

lifted_query_ptr plan_cache::find_lifted(std::string_view shape_key) {
    const auto key = lifted_key(shape_key);
    const std::scoped_lock lock(mutex_);
    auto* found = find(key);
    return found == nullptr ? nullptr : found->lifted;
}

void plan_cache::add_lifted(std::string_view shape_key, lifted_query_ptr lifted) {
    auto key = lifted_key(shape_key);
    const std::scoped_lock lock(mutex_);
    insert(std::move(key)).lifted = std::move(lifted);
}

plan_cache::figures plan_cache::stats() const {
    const std::scoped_lock lock(mutex_);
    return {.hits = hits_, .misses = misses_, .entries = entries_.size(), .bytes = bytes_};
}

plan_cache::entry* plan_cache::find(std::string_view key) {
    const auto at = index_.find(key);
    if (at == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return &*at->second;
}

plan_cache::entry& plan_cache::insert(std::string key) {
    if (auto* present = find(key)) return *present;
    bytes_ += cost(key);
    entries_.push_front({std::move(key), nullptr, nullptr, nullptr});
    index_.emplace(entries_.front().key, entries_.begin());
    while (entries_.size() > 1 && (entries_.size() > entries_max_ || bytes_ > bytes_max_)) {
        bytes_ -= cost(entries_.back().key);
        index_.erase(entries_.back().key);
        entries_.pop_back();
    }
    return entries_.front();
}

}  // namespace historyd::sql
