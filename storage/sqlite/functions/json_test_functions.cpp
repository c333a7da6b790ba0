#include <algorithm>

#include "storage/sqlite/functions/families.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/json_text.hpp"

// Containment and existence in jsonb: @> ? ?| ?&.

namespace historyd::sqlite {
namespace {

using types::json_kind;
using types::json_node;

bool equal(const json_node& a, const json_node& b) { return types::compare_jsonb(a, b) == 0; }

bool is_container(const json_node& n) {
    return n.kind == json_kind::object || n.kind == json_kind::array;
}

bool contains(const json_node& whole, const json_node& part);

bool array_contains(const json_node& array, const json_node& element) {
    return std::any_of(array.items.begin(), array.items.end(), [&](const json_node& item) {
        return is_container(element) ? item.kind == element.kind && contains(item, element)
                                     : equal(item, element);
    });
}

bool contains(const json_node& whole, const json_node& part) {
    if (whole.kind == json_kind::object && part.kind == json_kind::object) {
        return std::all_of(part.members.begin(), part.members.end(), [&](const auto& member) {
            const auto* own = whole.find(member.first);
            return own != nullptr && own->kind == member.second.kind &&
                   contains(*own, member.second);
        });
    }
    if (whole.kind == json_kind::array && part.kind == json_kind::array) {
        return std::all_of(part.items.begin(), part.items.end(),
                           [&](const json_node& e) { return array_contains(whole, e); });
    }
    return equal(whole, part);
}

result<value> contains_json(const function_call& c) {
    const auto whole = types::parse_jsonb(c.text(0)), part = types::parse_jsonb(c.text(1));
    if (!whole) return whole.error();
    if (!part) return part.error();
    // At the top an array may contain a bare scalar.
    if (whole->kind == json_kind::array && !is_container(*part)) {
        return bool_value(array_contains(*whole, *part));
    }
    return bool_value(contains(*whole, *part));
}

// A key of an object, a string of an array, or the string itself.
bool has_key(const json_node& node, std::string_view key) {
    const auto is_key = [&](const json_node& n) {
        return n.kind == json_kind::string && n.text == key;
    };
    switch (node.kind) {
        case json_kind::object:
            return node.find(key) != nullptr;
        case json_kind::array:
            return std::any_of(node.items.begin(), node.items.end(), is_key);
        default:
            return is_key(node);
    }
}

result<value> exists(const function_call& c) {
    const auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    return bool_value(has_key(*node, c.text(1)));
}

template <bool All>
result<value> exists_of(const function_call& c) {
    const auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    const auto keys = types::parse_array(c.text(1));
    if (!keys) return keys.error();
    for (const auto& key : keys->elements) {
        if (key && has_key(*node, *key) != All) return bool_value(!All);
    }
    return bool_value(All);
}

}  // namespace

std::span<const scalar_function> json_test_functions() {
    static constexpr scalar_function functions[] = {
        strict<contains_json>("pg_jsonb_contains", 2),
        strict<exists>("pg_jsonb_exists", 2),
        strict<exists_of<false>>("pg_jsonb_exists_any", 2),
        strict<exists_of<true>>("pg_jsonb_exists_all", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
