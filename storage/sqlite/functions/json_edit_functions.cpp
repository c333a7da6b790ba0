
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/json_edit.hpp"
#include "storage/sqlite/functions/json_slice.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/json_text.hpp"

// Changing jsonb: || - #-, jsonb_set() and its kin, strip_nulls and pretty.

namespace historyd::sqlite {
namespace {

using types::json_node;

sql_error invalid(const char* message) { return {sqlstate::invalid_parameter_value, message}; }

bool is_scalar(const json_node& n) {
    return n.kind != json_kind::object && n.kind != json_kind::array;
}

value printed(const json_node& node) {
    std::string out;
    types::print_jsonb(node, out);
    return out;
}

json_node array_of(json_node node) {
    if (node.kind == json_kind::array) return node;
    json_node array;
    array.kind = json_kind::array;
    array.items.push_back(std::move(node));
    return array;
}

result<value> concat(const function_call& c) {
    auto a = types::parse_jsonb(c.text(0)), b = types::parse_jsonb(c.text(1));
    if (!a) return a.error();
    if (!b) return b.error();
    if (a->kind == json_kind::object && b->kind == json_kind::object) {
        for (auto& member : b->members) a->members.push_back(std::move(member));
        types::sort_members(*a);
        return printed(*a);
    }
    auto joined = array_of(std::move(*a));
    for (auto& item : array_of(std::move(*b)).items) joined.items.push_back(std::move(item));
    return printed(joined);
}

void delete_key(json_node& node, std::string_view key) {
    std::erase_if(node.members, [&](const auto& m) { return m.first == key; });
    std::erase_if(node.items,
                  [&](const json_node& n) { return n.kind == json_kind::string && n.text == key; });
}

result<value> delete_one_key(const function_call& c) {
    auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    if (is_scalar(*node)) return invalid("cannot delete from scalar");
    delete_key(*node, c.text(1));
    return printed(*node);
}

result<value> delete_keys(const function_call& c) {
    auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    if (is_scalar(*node)) return invalid("cannot delete from scalar");
    const auto keys = types::parse_array(c.text(1));
    if (!keys) return keys.error();
    for (const auto& key : keys->elements) {
        if (key) delete_key(*node, *key);
    }
    return printed(*node);
}

result<value> delete_element(const function_call& c) {
    auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    if (is_scalar(*node)) return invalid("cannot delete from scalar");
    if (node->kind == json_kind::object) {
        return invalid("cannot delete from object using integer index");
    }
    const auto count = static_cast<std::int64_t>(node->items.size());
    const auto index = c.integer(1) < 0 ? c.integer(1) + count : c.integer(1);
    if (index >= 0 && index < count) node->items.erase(node->items.begin() + index);
    return printed(*node);
}

// Edits argument 0 at the path of argument 1.
result<value> edited(const function_call& c, json_edit edit, const json_node* replacement) {
    auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    const auto path = types::parse_array(c.text(1));
    if (!path) return path.error();
    if (path->dimensions.size() > 1) {
        return sql_error(sqlstate::array_subscript_error, "wrong number of array subscripts");
    }
    if (is_scalar(*node)) {
        return invalid(edit == json_edit::remove ? "cannot delete path in scalar"
                                                 : "cannot set path in scalar");
    }
    if (auto ok = edit_json(*node, path->elements, edit, replacement); !ok) return ok.error();
    return printed(*node);
}

result<value> delete_path(const function_call& c) { return edited(c, json_edit::remove, nullptr); }

result<value> set(const function_call& c) {
    const auto replacement = types::parse_jsonb(c.text(2));
    if (!replacement) return replacement.error();
    return edited(c, c.boolean(3) ? json_edit::set : json_edit::replace, &*replacement);
}

result<value> insert(const function_call& c) {
    const auto replacement = types::parse_jsonb(c.text(2));
    if (!replacement) return replacement.error();
    return edited(c, c.boolean(3) ? json_edit::insert_after : json_edit::insert_before,
                  &*replacement);
}

// jsonb_set_lax(target, path, value, create, what to do when the value is NULL).
result<value> set_lax(const function_call& c) {
    if (c.is_null(0) || c.is_null(1) || c.is_null(3)) return value();
    const auto treatment = c.is_null(4) ? std::string_view() : c.text(4);
    if (treatment.empty()) {
        return invalid(
            "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
            "\"raise_exception\"");
    }
    if (!c.is_null(2)) return set(c);
    if (treatment == "raise_exception") {
        return sql_error(sqlstate::null_value_not_allowed, "JSON value must not be null")
            .with_detail(
                "Exception was raised because null_value_treatment is \"raise_exception\".")
            .with_hint(
                "To avoid, either change the null_value_treatment argument or ensure that an "
                "SQL NULL is not passed.");
    }
    if (treatment == "use_json_null") {
        const json_node null;
        return edited(c, c.boolean(3) ? json_edit::set : json_edit::replace, &null);
    }
    if (treatment == "delete_key") return delete_path(c);
    if (treatment == "return_target") return c.copy(0);
    return invalid(
        "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
        "\"raise_exception\"");
}

void strip_nulls(json_node& node) {
    std::erase_if(node.members, [](const auto& m) { return m.second.kind == json_kind::null; });
    for (auto& member : node.members) strip_nulls(member.second);
    for (auto& item : node.items) strip_nulls(item);
}

result<value> jsonb_strip_nulls(const function_call& c) {
    auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    strip_nulls(*node);
    return printed(*node);
}

// json keeps its spelling, without any blanks.
result<value> json_strip_nulls(const function_call& c) {
    auto node = types::parse_json(c.text(0));
    if (!node) return node.error();
    strip_nulls(*node);
    std::string out;
    types::print_compact(*node, out);
    return value(std::move(out));
}

result<value> pretty(const function_call& c) {
    const auto node = types::parse_jsonb(c.text(0));
    if (!node) return node.error();
    std::string out;
    print_pretty(*node, 0, out);
    return value(std::move(out));
}

}  // namespace

std::span<const scalar_function> json_edit_functions() {
    static constexpr scalar_function functions[] = {
        strict<concat>("pg_jsonb_concat", 2),
        strict<delete_one_key>("pg_jsonb_delete_key", 2),
        strict<delete_keys>("pg_jsonb_delete_keys", 2),
        strict<delete_element>("pg_jsonb_delete_element", 2),
        strict<delete_path>("pg_jsonb_delete_path", 2),
        strict<set>("pg_jsonb_set", 4),
        nullable<set_lax>("pg_jsonb_set_lax", 5),
        strict<insert>("pg_jsonb_insert", 4),
        strict<jsonb_strip_nulls>("pg_jsonb_strip_nulls", 1),
        strict<json_strip_nulls>("pg_json_strip_nulls", 1),
        strict<pretty>("pg_jsonb_pretty", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
