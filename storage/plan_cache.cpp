#include "storage/plan_cache.hpp"

namespace historyd::sql {

namespace {

// A tree takes roughly this many times its text; keys are charged accordingly.
constexpr std::size_t tree_bytes_per_text_byte = 16;
constexpr std::size_t entry_overhead_bytes = 512;

std::size_t cost(std::string_view key) {
    return entry_overhead_bytes + key.size() * tree_bytes_per_text_byte;
}

}  // namespace

plan_cache::plan_cache(std::size_t entries_max, std::size_t bytes_max)
    : entries_max_(entries_max), bytes_max_(bytes_max) {}

std::size_t plan_cache::key_hash::operator()(const entry_key& k) const noexcept {
    return std::hash<std::string_view>()(k.text) + static_cast<std::size_t>(k.kind);
}

parsed_query plan_cache::find_query(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    auto* found = find({kind::query, text});
    return found == nullptr ? nullptr : found->query;
}

void plan_cache::add_query(std::string_view text, parsed_query query) {
    const std::scoped_lock lock(mutex_);
    insert({kind::query, text}).query = std::move(query);
}

plan_ptr plan_cache::find_plan(std::string_view key, std::uint64_t schema_epoch) {
    const std::scoped_lock lock(mutex_);
    auto* found = find({kind::plan, key});
    const bool fresh = found != nullptr && found->plan->schema_epoch == schema_epoch;
    ++(fresh ? hits_ : misses_);
    return fresh ? found->plan : nullptr;
}

void plan_cache::add_plan(std::string_view key, plan_ptr plan) {
    const std::scoped_lock lock(mutex_);
    insert({kind::plan, key}).plan = std::move(plan);
}

lifted_query_ptr plan_cache::find_lifted(std::string_view shape_key) {
    const std::scoped_lock lock(mutex_);
    auto* found = find({kind::shape, shape_key});
    return found == nullptr ? nullptr : found->lifted;
}

void plan_cache::add_lifted(std::string_view shape_key, lifted_query_ptr lifted) {
    const std::scoped_lock lock(mutex_);
    insert({kind::shape, shape_key}).lifted = std::move(lifted);
}

plan_cache::figures plan_cache::stats() const {
    const std::scoped_lock lock(mutex_);
    return {.hits = hits_, .misses = misses_, .entries = entries_.size(), .bytes = bytes_};
}

plan_cache::entry* plan_cache::find(entry_key k) {
    const auto at = index_.find(k);
    if (at == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return &*at->second;
}

plan_cache::entry& plan_cache::insert(entry_key k) {
    if (auto* present = find(k)) return *present;
    bytes_ += cost(k.text);
    entries_.push_front({k.kind, std::string(k.text), nullptr, nullptr, nullptr});
    index_.emplace(entry_key{k.kind, entries_.front().text}, entries_.begin());
    while (entries_.size() > 1 && (entries_.size() > entries_max_ || bytes_ > bytes_max_)) {
        const auto& last = entries_.back();
        bytes_ -= cost(last.text);
        index_.erase({last.kind, last.text});
        entries_.pop_back();
    }
    return entries_.front();
}

}  // namespace historyd::sql
