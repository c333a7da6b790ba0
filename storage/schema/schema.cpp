#include "storage/schema/schema.hpp"

#include <algorithm>

namespace historyd::schema {

namespace {

std::string qualified(std::string_view namespace_name, std::string_view name) {
    // A zero byte is in no identifier, so "a.b" + "c" and "a" + "b.c" stay apart.
    std::string key(namespace_name);
    key += '\0';
    key += name;
    return key;
}

template <class Range, class Predicate>
auto find_in(const Range& range, Predicate predicate) -> decltype(&*range.begin()) {
    const auto found = std::ranges::find_if(range, predicate);
    return found == range.end() ? nullptr : &*found;
}

}  // namespace

const column* relation::find_column(std::string_view column_name) const {
    return find_in(columns, [&](const column& c) { return c.name == column_name; });
}

const column* relation::find_column(std::int16_t attnum) const {
    return find_in(columns, [&](const column& c) { return c.attnum == attnum; });
}

const constraint* relation::primary_key() const {
    return find_in(constraints,
                   [](const constraint& c) { return c.kind == constraint_kind::primary_key; });
}

void schema::index_names() {
    by_name_.clear();
    by_id_.clear();
    for (const auto& r : relations) {
        by_id_.emplace(r->id, r.get());
        if (const auto* space = find_namespace(r->namespace_id)) {
            by_name_.emplace(qualified(space->name, r->name), r.get());
        }
    }
}

const namespace_info* schema::find_namespace(std::string_view name) const {
    return find_in(namespaces, [&](const namespace_info& n) { return n.name == spelled(name); });
}

const namespace_info* schema::find_namespace(oid id) const {
    return find_in(namespaces, [&](const namespace_info& n) { return n.id == id; });
}

bool schema::is_temporary(oid namespace_id) const {
    const auto* space = find_namespace(namespace_id);
    return space != nullptr && space->is_temporary();
}

std::string_view schema::spelled(std::string_view namespace_name) const {
    const bool is_own = !own_temporary.empty() && namespace_name == "pg_temp";
    return is_own ? std::string_view(own_temporary) : namespace_name;
}

const relation* schema::find_relation(std::string_view namespace_name,
                                      std::string_view name) const {
    const auto found = by_name_.find(qualified(spelled(namespace_name), name));
    return found == by_name_.end() ? nullptr : found->second;
}

const relation* schema::find_relation(oid id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const sequence* schema::find_sequence(std::string_view name) const {
    return find_in(sequences, [&](const sequence& s) { return s.name == name; });
}

const sequence* schema::find_sequence(std::string_view namespace_name,
                                      std::string_view name) const {
    const auto* space = find_namespace(namespace_name);
    if (space == nullptr) return nullptr;
    return find_in(sequences, [&](const sequence& s) {
        return s.namespace_id == space->id && s.name == name;
    });
}

const sequence* schema::find_sequence(oid id) const {
    return find_in(sequences, [&](const sequence& s) { return s.id == id; });
}

const sequence* schema::column_sequence(oid relation, std::int16_t attnum) const {
    const sequence* newest = nullptr;
    for (const auto& s : sequences) {
        if (s.owner_relation != relation || s.owner_attnum != attnum) continue;
        if (newest == nullptr || s.id > newest->id) newest = &s;
    }
    return newest;
}

bool schema::is_identity_sequence(const sequence& s) const {
    const auto* owner = s.owner_relation != 0 ? find_relation(s.owner_relation) : nullptr;
    const auto* column = owner != nullptr ? owner->find_column(s.owner_attnum) : nullptr;
    return column != nullptr && column->identity != 0 &&
           column_sequence(s.owner_relation, s.owner_attnum)->id == s.id;
}

std::pair<const relation*, const index*> schema::find_index(std::string_view name) const {
    for (const auto& r : relations) {
        const auto* found = find_in(r->indexes, [&](const index& i) { return i.name == name; });
        if (found != nullptr) return {r.get(), found};
    }
    return {nullptr, nullptr};
}

std::pair<const relation*, const index*> schema::find_index(std::string_view namespace_name,
                                                            std::string_view name) const {
    const auto* space = find_namespace(namespace_name);
    if (space == nullptr) return {nullptr, nullptr};
    for (const auto& r : relations) {
        if (r->namespace_id != space->id) continue;
        const auto* found = find_in(r->indexes, [&](const index& i) { return i.name == name; });
        if (found != nullptr) return {r.get(), found};
    }
    return {nullptr, nullptr};
}

}  // namespace historyd::schema
