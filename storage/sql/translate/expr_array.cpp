#include <algorithm>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"
#include "storage/types/array_text.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// SQLite's functions take 127 arguments.
constexpr std::size_t call_elements_max = 120;

// The elements of ARRAY[...], perhaps cast as a whole; nothing for any other array.
node_list literal_elements(const PgQuery__Node* node, const PgQuery__TypeName*& cast_to) {
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
        cast_to = node->type_cast->type_name;
        node = node->type_cast->arg;
    }
    if (node->node_case != PG_QUERY__NODE__NODE_A_ARRAY_EXPR) return {};
    const auto elements = list_of(node->a_array_expr->n_elements, node->a_array_expr->elements);
    const bool nested = std::ranges::any_of(elements, [](const PgQuery__Node* element) {
        return element->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR;
    });
    return nested ? node_list{} : elements;
}

}  // namespace

// ARRAY[...]; `wanted` is the array type of a cast around it, which its elements take over.
result<expr> translator::array_node(const PgQuery__AArrayExpr& node, scope& s, clause c,
                                    oid wanted) {
    std::vector<expr> elements;
    bool nested = false;
    for (const auto* item : list_of(node.n_elements, node.elements)) {
        const bool inner = item->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR;
        auto e = inner ? array_node(*item->a_array_expr, s, c, wanted) : expression(item, s, c);
        if (!e) return e;
        nested |= inner || element_of(e->type.id) != 0;
        elements.push_back(std::move(*e));
    }
    if (elements.empty() && wanted == 0) {
        return at(
            sql_error(sqlstate::indeterminate_datatype, "cannot determine type of empty array")
                .with_hint("Explicitly cast to the desired type, for example "
                           "ARRAY[]::integer[]."),
            node.location);
    }
    oid element = 0;
    if (wanted != 0) {
        element = nested ? wanted : element_of(wanted);
        for (auto& e : elements) {
            auto coerced = coerce(std::move(e), {.id = element}, coercion::explicit_);
            if (!coerced) return coerced;
            e = std::move(*coerced);
        }
    } else {
        std::vector<expr*> branches;
        for (auto& e : elements) branches.push_back(&e);
        auto common = unify(branches, "ARRAY");
        if (!common) return common.error();
        element = *common;
    }
    const oid type = nested ? element : array_of(element);
    if (type == 0) {
        return at(sql_error(sqlstate::undefined_object,
                            "could not find array type for data type " + type_display(element)),
                  node.location);
    }
    return array_of_elements(std::move(elements), type, nested, node.location);
}

result<expr> translator::array_of_elements(std::vector<expr> elements, oid type, bool nested,
                                           int location) {
    const oid element = element_of(type);
    expr out;
    bool constants = !nested;
    for (const auto& e : elements) constants = constants && e.constant.has_value();
    if (constants) {
        std::vector<std::optional<std::string>> texts;
        for (const auto& e : elements) {
            texts.push_back(
                e.is_null() ? std::nullopt
                            : std::optional(types::element_text(element, view_of(*e.constant))));
        }
        return constant({.id = type},
                        types::array_to_text(types::one_dimensional(std::move(texts))), location);
    }
    const std::string opening =
        (nested ? "pg_array_of_arrays(" : "pg_array_of(") + std::to_string(element);
    for (std::size_t i = 0; i < elements.size(); i += call_elements_max) {
        std::string call = opening;
        for (auto k = i; k < std::min(i + call_elements_max, elements.size()); ++k) {
            absorb(out, elements[k]);
            call += ", " + elements[k].sql;
        }
        call += ")";
        out.sql = i == 0 ? call : "pg_array_cat(" + out.sql + ", " + call + ")";
    }
    out.type = {.id = type};
    out.location = location;
    out.not_null = true;
    return out;
}

result<expr> translator::subscript(const PgQuery__Node& node, scope& s, clause c) {
    auto e = expression(&node, s, c);
    if (!e) return e;
    if (!can_coerce(e->type.id, t::int4, coercion::assignment)) {
        return at(sql_error(sqlstate::datatype_mismatch, "array subscript must have type integer"),
                  e->location);
    }
    return coerce(std::move(*e), {.id = t::int4}, coercion::assignment);
}

result<expr> translator::name_subscript(expr base, const PgQuery__Node& node, scope& s, clause c) {
    auto index = subscript(node, s, c);
    if (!index) return index;
    expr out;
    absorb(out, base);
    absorb(out, *index);
    out.sql = "pg_name_get(" + base.sql + ", " + index->sql + ")";
    out.type = {.id = t::char_};
    out.location = base.location;
    return out;
}

// Subscripts and slices: a[1], a[1][2], a[2:3].
result<expr> translator::indirection_node(const PgQuery__AIndirection& node, scope& s, clause c) {
    auto base = expression(node.arg, s, c);
    if (!base) return base;
    const auto steps = list_of(node.n_indirection, node.indirection);
    bool slice = false;
    if (base->is_row && steps.size() == 1) {
        for (std::size_t i = 0; i < base->field_names.size(); ++i) {
            if (base->field_names[i] == string_of(steps.front())) return base->fields[i];
        }
    }
    for (const auto* step : steps) {
        if (step->node_case != PG_QUERY__NODE__NODE_A_INDICES) {
            return unsupported_at("fields of composite values", base->location);
        }
        slice |= step->a_indices->is_slice != 0;
    }
    if (base->type.id == t::jsonb && !slice) return json_subscripts(std::move(*base), steps, s, c);
    if (base->type.id == t::name && !slice && steps.size() == 1) {
        return name_subscript(std::move(*base), *steps.front()->a_indices->uidx, s, c);
    }
    const oid element = element_of(base->type.id);
    if (element == 0) {
        return at(sql_error(sqlstate::datatype_mismatch,
                            "cannot subscript type " + type_display(base->type.id) +
                                " because it does not support subscripting"),
                  base->location);
    }
    expr out;
    absorb(out, *base);
    out.sql =
        (slice ? "pg_array_slice(" : "pg_array_get(") + std::to_string(element) + ", " + base->sql;
    const auto add = [&](const PgQuery__Node* bound, std::string_view left_out) -> result<void> {
        if (bound == nullptr) {
            out.sql += ", " + std::string(left_out);
            return {};
        }
        auto index = subscript(*bound, s, c);
        if (!index) return index.error();
        absorb(out, *index);
        out.sql += ", " + index->sql;
        return {};
    };
    for (const auto* step : steps) {
        const auto& indices = *step->a_indices;
        if (slice) {
            // A plain subscript among slices means 1:n.
            auto lower = indices.is_slice ? add(indices.lidx, "'end'") : add(nullptr, "1");
            if (!lower) return lower.error();
            if (auto upper = add(indices.uidx, "'end'"); !upper) return upper.error();
        } else if (auto index = add(indices.uidx, "NULL"); !index) {
            return index.error();
        }
    }
    out.sql += ")";
    out.type = slice ? base->type : type_ref{.id = element, .typmod = base->type.typmod};
    out.location = base->location;
    return out;
}

// jsonb['key'][0] is the path of its steps, each as text: a scalar has no element then.
result<expr> translator::json_subscripts(expr base, node_list steps, scope& s, clause c) {
    for (const auto* step : steps) {
        auto index = expression(step->a_indices->uidx, s, c);
        if (!index) return index;
        const auto location = base.location;
        const bool number = index->type.id == t::int4 || index->type.id == t::int2;
        auto text = coerce(std::move(*index), {.id = t::text},
                           number ? coercion::explicit_ : coercion::implicit);
        if (!text) return text;
        std::vector<expr> arguments;
        arguments.push_back(std::move(base));
        arguments.push_back(std::move(*text));
        auto next = apply_function("jsonb_extract_path", std::move(arguments), location);
        if (!next) return next;
        base = std::move(*next);
    }
    return base;
}

// x op ANY (array), x op ALL (array).
result<expr> translator::array_comparison(const PgQuery__AExpr& node, std::string_view name,
                                          scope& s, clause c) {
    const bool any = node.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY;
    auto left = expression(node.lexpr, s, c);
    if (!left) return left;
    // = ANY (ARRAY[...]) is IN, as PostgreSQL stores IN: an index serves, and a CHECK may have it.
    const PgQuery__TypeName* cast_to = nullptr;
    if (const auto elements = literal_elements(node.rexpr, cast_to);
        !elements.empty() && name == (any ? "=" : "<>")) {
        auto items = expressions(elements, s, c);
        if (!items) return items.error();
        if (cast_to != nullptr) {
            auto type = type_of(cast_to);
            if (!type) return type.error();
            if (element_of(type->id) == 0) {
                return at(sql_error(sqlstate::wrong_object_type,
                                    "op ANY/ALL (array) requires array on right side"),
                          node.location);
            }
            for (auto& item : *items) {
                auto element = coerce(std::move(item), {element_of(type->id), type->typmod},
                                      coercion::explicit_);
                if (!element) return element;
                item = std::move(*element);
            }
        }
        const bool arrays = std::ranges::any_of(
            *items, [](const expr& item) { return element_of(item.type.id) != 0; });
        if (!arrays) return among(std::move(*left), std::move(*items), !any, node.location);
    }
    auto array = expression(node.rexpr, s, c);
    if (!array) return array;
    if (left->is_row) return unsupported_at("rows compared with an array", node.location);
    oid element = t::unknown;
    if (array->type.id != t::unknown) {
        element = element_of(array->type.id);
        if (element == 0) {
            return at(sql_error(sqlstate::wrong_object_type,
                                "op ANY/ALL (array) requires array on right side"),
                      node.location);
        }
    }
    auto op = resolve_operator(name, left->type.id, element, node.location);
    if (!op) return op.error();
    if (op->result != t::bool_) {
        return at(sql_error(sqlstate::wrong_object_type,
                            "op ANY/ALL (array) requires operator to yield boolean"),
                  node.location);
    }
    auto a = coerce(std::move(*left), {.id = op->left}, coercion::implicit);
    if (!a) return a;
    auto b = coerce(std::move(*array), {.id = array_of(op->right)}, coercion::implicit);
    if (!b) return b;
    if (a->has_aggregate || a->has_window) {
        return unsupported_at("aggregates compared with an array", node.location);
    }
    const auto alias = quote_name(unique_alias("element"));
    const std::string elements = "pg_unnest(" + b->sql + ", " + std::to_string(op->right) + ")";
    expr out;
    absorb(out, *a);
    absorb(out, *b);
    out.type = {.id = t::bool_};
    out.location = node.location;
    if (any && name == "=" && op->is_infix()) {
        // The second part makes a NULL array compare as NULL, not as an empty one.
        out.sql = "(" + a->sql + collate_clause(op->left, a->sql) + " IN (SELECT \"value\" FROM " +
                  elements;
        if (!b->not_null) out.sql += " UNION ALL SELECT NULL WHERE " + b->sql + " IS NULL";
        out.sql += "))";
        return out;
    }
    expr item;
    item.sql = alias + ".\"value\"";
    item.type = {.id = op->right};
    auto test = apply_resolved(name, *op, *a, std::move(item), node.location);
    if (!test) return test;
    // max and min over 0, 1 and NULL are OR and AND, but for NULL, which is counted.
    const auto known = "count(" + test->sql + ")";
    const std::string decided =
        any ? "WHEN max(" + test->sql + ") THEN 1 " : "WHEN NOT min(" + test->sql + ") THEN 0 ";
    out.sql = "(SELECT CASE " + decided + "WHEN count(*) > " + known + " OR " + b->sql +
              " IS NULL THEN NULL ELSE " + (any ? "0" : "1") + " END FROM " + elements + " AS " +
              alias + ")";
    return out;
}

}  // namespace historyd::sql
