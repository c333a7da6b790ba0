#include "storage/sqlite/statement_context.hpp"

namespace historyd::sqlite {

namespace {

sql_error unknown_sequence(schema::oid id) {
    return {sqlstate::undefined_object, "no sequence with OID " + std::to_string(id)};
}

// Is `a` further along the sequence than `b`?
bool is_past(const schema::sequence& s, std::int64_t a, std::int64_t b) {
    return s.increment > 0 ? a > b : a < b;
}

// The value after `last`. Returns: nullopt past the bound; no step can overflow int64.
std::optional<std::int64_t> step(const schema::sequence& s, std::int64_t last) {
    std::int64_t next = 0;
    if (__builtin_add_overflow(last, s.increment, &next)) return std::nullopt;
    if (next > s.max || next < s.min) return std::nullopt;
    return next;
}

}  // namespace

void sequence_registry::refresh(const schema::schema& s, const stored_positions& positions) {
    const std::lock_guard lock(mutex_);
    for (const auto& definition : s.sequences) {
        auto& at = states_[definition.id];
        at.definition = definition;
        // Values handed out and not yet stored count; what is stored may have been set by DDL.
        if (at.dirty) continue;
        const auto stored = positions.find(definition.id);
        std::tie(at.last, at.is_called) =
            stored != positions.end() ? stored->second : std::pair(definition.start, false);
    }
}

void sequence_registry::forget_dropped(const schema::schema& s) {
    const std::lock_guard lock(mutex_);
    std::erase_if(states_,
                  [&](const auto& entry) { return s.find_sequence(entry.first) == nullptr; });
}

result<std::int64_t> sequence_registry::next(schema::oid id) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(id);
    if (found == states_.end()) return unknown_sequence(id);
    auto& at = found->second;
    const auto& s = at.definition;
    if (at.is_called) {
        auto next = step(s, at.last);
        const bool ascending = s.increment > 0;
        if (!next && s.cycle) next = ascending ? s.min : s.max;
        if (!next) {
            return sql_error("2200H", std::string("nextval: reached ") +
                                          (ascending ? "maximum" : "minimum") +
                                          " value of sequence \"" + s.name + "\" (" +
                                          std::to_string(ascending ? s.max : s.min) + ")");
        }
        at.last = *next;
    }
    at.is_called = true;
    at.dirty = true;
    return at.last;
}

result<void> sequence_registry::set(schema::oid id, std::int64_t v, bool is_called) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(id);
    if (found == states_.end()) return unknown_sequence(id);
    auto& at = found->second;
    const auto& s = at.definition;
    if (v < s.min || v > s.max) {
        return sql_error(sqlstate::numeric_value_out_of_range,
                         "setval: value " + std::to_string(v) +
                             " is out of bounds for sequence \"" + s.name + "\" (" +
                             std::to_string(s.min) + ".." + std::to_string(s.max) + ")");
    }
    at.last = v;
    at.is_called = is_called;
    at.dirty = true;
    return {};
}

result<std::pair<std::int64_t, bool>> sequence_registry::position(schema::oid id) const {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(id);
    if (found == states_.end()) return unknown_sequence(id);
    return std::pair(found->second.last, found->second.is_called);
}

void sequence_registry::raise(schema::oid id, std::int64_t v) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(id);
    if (found == states_.end()) return;
    auto& at = found->second;
    if (!is_past(at.definition, v, at.last) && (at.is_called || v != at.last)) return;
    at.last = v;
    at.is_called = true;
    at.dirty = true;
}

std::vector<sequence_position> sequence_registry::take_dirty() {
    const std::lock_guard lock(mutex_);
    std::vector<sequence_position> out;
    for (auto& [id, at] : states_) {
        if (!at.dirty) continue;
        out.emplace_back(id, at.last, at.is_called);
        at.dirty = false;
    }
    return out;
}

void sequence_registry::put_back(const std::vector<sequence_position>& taken) {
    const std::lock_guard lock(mutex_);
    // Newest first: what a sequence was at last is what counts.
    for (auto position = taken.rbegin(); position != taken.rend(); ++position) {
        const auto found = states_.find(std::get<0>(*position));
        if (found == states_.end()) continue;
        auto& at = found->second;
        if (at.dirty) continue;  // nextval or setval went on from there
        std::tie(std::ignore, at.last, at.is_called) = *position;
        at.dirty = true;
    }
}

}  // namespace historyd::sqlite
