#include "storage/catalog/ordering.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "storage/catalog/facts.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::catalog {

namespace {

using schema::oid;

constexpr oid btree_method = 403;

struct operator_class {
    oid id = 0, method = 0, type = 0;
    std::string_view name;
    bool is_default = false;
};

const std::vector<operator_class>& operator_classes() {
    static const auto all = [] {
        std::vector<operator_class> out;
        for (auto text = facts_of("pg_opclass"); !text.empty();) {
            auto line = take_line(text);
            std::array<std::string_view, 9> f;
            for (auto& field : f) field = take_field(line);
            // oid, opcmethod, opcname, opcnamespace, opcowner, opcfamily, opcintype, opcdefault
            out.push_back({.id = number_of<oid>(f[0]),
                           .method = number_of<oid>(f[1]),
                           .type = number_of<oid>(f[6]),
                           .name = f[2],
                           .is_default = f[7] == "t"});
        }
        return out;
    }();
    return all;
}

oid named(std::string_view facts, std::string_view name) {
    for (auto text = facts_of(facts); !text.empty();) {
        auto line = take_line(text);
        const auto id = take_field(line);
        if (take_field(line) == name) return number_of<oid>(id);
    }
    return 0;
}

oid type_of(const schema::relation& r, const schema::index_key& key) {
    const auto* column = key.attnum != 0 ? r.find_column(key.attnum) : nullptr;
    return column != nullptr ? column->type.id : types::type_oid::text;
}

// A varchar is indexed as text, an array as any array.
oid default_class(oid type) {
    if (type == types::type_oid::varchar) type = types::type_oid::text;
    if (types::is_array(type)) type = types::type_oid::anyarray;
    const auto& all = operator_classes();
    const auto found = std::ranges::find_if(all, [type](const operator_class& c) {
        return c.method == btree_method && c.type == type && c.is_default;
    });
    return found == all.end() ? 0 : found->id;
}

// 0 for a default one, and for an extension's.
oid chosen_class(const schema::index& i, const schema::index_key& key) {
    if (key.operator_class.empty()) return 0;
    const auto method = named("pg_am", i.method);
    const auto& all = operator_classes();
    const auto found = std::ranges::find_if(all, [&](const operator_class& c) {
        return c.method == method && c.name == key.operator_class;
    });
    return found == all.end() || found->is_default ? 0 : found->id;
}

oid type_collation(oid type) {
    const auto* fact = find_type_fact(type);
    return fact == nullptr ? 0 : fact->collation;
}

oid inherited_collation(const schema::relation& r, const schema::index_key& key) {
    const auto* column = key.attnum != 0 ? r.find_column(key.attnum) : nullptr;
    return column != nullptr ? collation_of(*column) : type_collation(types::type_oid::text);
}

}  // namespace

oid collation_of(const schema::column& c) {
    const auto own = c.collation.empty() ? 0 : named("pg_collation", c.collation);
    return own != 0 ? own : type_collation(c.type.id);
}

oid collation_of(const schema::relation& r, const schema::index_key& key) {
    const auto own = key.collation.empty() ? 0 : named("pg_collation", key.collation);
    return own != 0 ? own : inherited_collation(r, key);
}

oid operator_class_of(const schema::relation& r, const schema::index& i,
                      const schema::index_key& key) {
    const auto chosen = chosen_class(i, key);
    return chosen != 0 ? chosen : default_class(type_of(r, key));
}

std::string ordering_text(const schema::relation& r, const schema::index& i,
                          const schema::index_key& key) {
    std::string out;
    if (collation_of(r, key) != inherited_collation(r, key)) {
        out += " COLLATE " + sql::quote_identifier(key.collation);
    }
    if (chosen_class(i, key) != 0) out += " " + sql::quote_identifier(key.operator_class);
    return out;
}

}  // namespace historyd::catalog
