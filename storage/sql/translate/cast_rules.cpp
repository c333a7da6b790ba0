#include "storage/sql/translate/cast_rules.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// pg_cast of PostgreSQL 15 between the types historyd speaks: castcontext is i(mplicit),
// a(ssignment) or e(xplicit); castmethod is b(inary), f(unction) or i(nput and output).
struct cast_rule {
    oid from, to;
    char context, method;
    constexpr bool operator<(const cast_rule& other) const {
        return std::tie(from, to) < std::tie(other.from, other.to);
    }
};

constexpr std::array<cast_rule, 150> cast_rules = {{
    {t::bool_, t::int4, 'e', 'f'},
    {t::bool_, t::text, 'a', 'f'},
    {t::bool_, t::bpchar, 'a', 'f'},
    {t::bool_, t::varchar, 'a', 'f'},
    {t::char_, t::int4, 'e', 'f'},
    {t::char_, t::text, 'i', 'f'},
    {t::char_, t::bpchar, 'a', 'f'},
    {t::char_, t::varchar, 'a', 'f'},
    {t::name, t::text, 'i', 'f'},
    {t::name, t::bpchar, 'a', 'f'},
    {t::name, t::varchar, 'a', 'f'},
    {t::int8, t::int2, 'a', 'f'},
    {t::int8, t::int4, 'a', 'f'},
    {t::int8, t::regproc, 'i', 'f'},
    {t::int8, t::oid_, 'i', 'f'},
    {t::int8, t::float4, 'i', 'f'},
    {t::int8, t::float8, 'i', 'f'},
    {t::int8, t::numeric, 'i', 'f'},
    {t::int8, t::regprocedure, 'i', 'f'},
    {t::int8, t::regoper, 'i', 'f'},
    {t::int8, t::regclass, 'i', 'f'},
    {t::int8, t::regtype, 'i', 'f'},
    {t::int8, t::regnamespace, 'i', 'f'},
    {t::int8, t::regrole, 'i', 'f'},
    {t::int2, t::int8, 'i', 'f'},
    {t::int2, t::int4, 'i', 'f'},
    {t::int2, t::regproc, 'i', 'f'},
    {t::int2, t::oid_, 'i', 'f'},
    {t::int2, t::float4, 'i', 'f'},
    {t::int2, t::float8, 'i', 'f'},
    {t::int2, t::numeric, 'i', 'f'},
    {t::int2, t::regprocedure, 'i', 'f'},
    {t::int2, t::regoper, 'i', 'f'},
    {t::int2, t::regclass, 'i', 'f'},
    {t::int2, t::regtype, 'i', 'f'},
    {t::int2, t::regnamespace, 'i', 'f'},
    {t::int2, t::regrole, 'i', 'f'},
    {t::int4, t::bool_, 'e', 'f'},
    {t::int4, t::char_, 'e', 'f'},
    {t::int4, t::int8, 'i', 'f'},
    {t::int4, t::int2, 'a', 'f'},
    {t::int4, t::regproc, 'i', 'b'},
    {t::int4, t::oid_, 'i', 'b'},
    {t::int4, t::float4, 'i', 'f'},
    {t::int4, t::float8, 'i', 'f'},
    {t::int4, t::numeric, 'i', 'f'},
    {t::int4, t::regprocedure, 'i', 'b'},
    {t::int4, t::regoper, 'i', 'b'},
    {t::int4, t::regclass, 'i', 'b'},
    {t::int4, t::regtype, 'i', 'b'},
    {t::int4, t::regnamespace, 'i', 'b'},
    {t::int4, t::regrole, 'i', 'b'},
    {t::regproc, t::int8, 'a', 'f'},
    {t::regproc, t::int4, 'a', 'b'},
    {t::regproc, t::oid_, 'i', 'b'},
    {t::regproc, t::regprocedure, 'i', 'b'},
    {t::text, t::char_, 'a', 'f'},
    {t::text, t::name, 'i', 'f'},
    {t::text, t::xml, 'e', 'f'},
    {t::text, t::bpchar, 'i', 'b'},
    {t::text, t::varchar, 'i', 'b'},
    {t::text, t::regclass, 'i', 'f'},
    {t::oid_, t::int8, 'a', 'f'},
    {t::oid_, t::int4, 'a', 'b'},
    {t::oid_, t::regproc, 'i', 'b'},
    {t::oid_, t::regprocedure, 'i', 'b'},
    {t::oid_, t::regoper, 'i', 'b'},
    {t::oid_, t::regclass, 'i', 'b'},
    {t::oid_, t::regtype, 'i', 'b'},
    {t::oid_, t::regnamespace, 'i', 'b'},
    {t::oid_, t::regrole, 'i', 'b'},
    {t::json, t::jsonb, 'a', 'i'},
    {t::xml, t::text, 'a', 'b'},
    {t::xml, t::bpchar, 'a', 'b'},
    {t::xml, t::varchar, 'a', 'b'},
    {t::pg_node_tree, t::text, 'i', 'b'},
    {t::cidr, t::text, 'a', 'f'},
    {t::cidr, t::inet, 'i', 'f'},
    {t::cidr, t::bpchar, 'a', 'f'},
    {t::cidr, t::varchar, 'a', 'f'},
    {t::float4, t::int8, 'a', 'f'},
    {t::float4, t::int2, 'a', 'f'},
    {t::float4, t::int4, 'a', 'f'},
    {t::float4, t::float8, 'i', 'f'},
    {t::float4, t::numeric, 'a', 'f'},
    {t::float8, t::int8, 'a', 'f'},
    {t::float8, t::int2, 'a', 'f'},
    {t::float8, t::int4, 'a', 'f'},
    {t::float8, t::float4, 'a', 'f'},
    {t::float8, t::numeric, 'a', 'f'},
    {t::inet, t::text, 'a', 'f'},
    {t::inet, t::cidr, 'a', 'f'},
    {t::inet, t::bpchar, 'a', 'f'},
    {t::inet, t::varchar, 'a', 'f'},
    {t::bpchar, t::char_, 'a', 'f'},
    {t::bpchar, t::name, 'i', 'f'},
    {t::bpchar, t::text, 'i', 'f'},
    {t::bpchar, t::xml, 'e', 'f'},
    {t::bpchar, t::varchar, 'i', 'f'},
    {t::varchar, t::char_, 'a', 'f'},
    {t::varchar, t::name, 'i', 'f'},
    {t::varchar, t::text, 'i', 'b'},
    {t::varchar, t::xml, 'e', 'f'},
    {t::varchar, t::bpchar, 'i', 'b'},
    {t::varchar, t::regclass, 'i', 'f'},
    {t::date, t::timestamp, 'i', 'f'},
    {t::date, t::timestamptz, 'i', 'f'},
    {t::time, t::interval, 'i', 'f'},
    {t::time, t::timetz, 'i', 'f'},
    {t::timestamp, t::date, 'a', 'f'},
    {t::timestamp, t::time, 'a', 'f'},
    {t::timestamp, t::timestamptz, 'i', 'f'},
    {t::timestamptz, t::date, 'a', 'f'},
    {t::timestamptz, t::time, 'a', 'f'},
    {t::timestamptz, t::timestamp, 'a', 'f'},
    {t::timestamptz, t::timetz, 'a', 'f'},
    {t::interval, t::time, 'a', 'f'},
    {t::timetz, t::time, 'a', 'f'},
    {t::numeric, t::int8, 'a', 'f'},
    {t::numeric, t::int2, 'a', 'f'},
    {t::numeric, t::int4, 'a', 'f'},
    {t::numeric, t::float4, 'i', 'f'},
    {t::numeric, t::float8, 'i', 'f'},
    {t::regprocedure, t::int8, 'a', 'f'},
    {t::regprocedure, t::int4, 'a', 'b'},
    {t::regprocedure, t::regproc, 'i', 'b'},
    {t::regprocedure, t::oid_, 'i', 'b'},
    {t::regoper, t::int8, 'a', 'f'},
    {t::regoper, t::int4, 'a', 'b'},
    {t::regoper, t::oid_, 'i', 'b'},
    {t::regclass, t::int8, 'a', 'f'},
    {t::regclass, t::int4, 'a', 'b'},
    {t::regclass, t::oid_, 'i', 'b'},
    {t::regtype, t::int8, 'a', 'f'},
    {t::regtype, t::int4, 'a', 'b'},
    {t::regtype, t::oid_, 'i', 'b'},
    {t::jsonb, t::bool_, 'e', 'f'},
    {t::jsonb, t::int8, 'e', 'f'},
    {t::jsonb, t::int2, 'e', 'f'},
    {t::jsonb, t::int4, 'e', 'f'},
    {t::jsonb, t::json, 'a', 'i'},
    {t::jsonb, t::float4, 'e', 'f'},
    {t::jsonb, t::float8, 'e', 'f'},
    {t::jsonb, t::numeric, 'e', 'f'},
    {t::regnamespace, t::int8, 'a', 'f'},
    {t::regnamespace, t::int4, 'a', 'b'},
    {t::regnamespace, t::oid_, 'i', 'b'},
    {t::regrole, t::int8, 'a', 'f'},
    {t::regrole, t::int4, 'a', 'b'},
    {t::regrole, t::oid_, 'i', 'b'},
}};
static_assert(std::ranges::is_sorted(cast_rules, std::ranges::less{},
                                     [](const cast_rule& r) { return std::pair(r.from, r.to); }));

const cast_rule* find_rule(oid from, oid to) {
    const auto it =
        std::ranges::lower_bound(cast_rules, std::pair(from, to), std::ranges::less{},
                                 [](const cast_rule& r) { return std::pair(r.from, r.to); });
    return it != cast_rules.end() && it->from == from && it->to == to ? &*it : nullptr;
}

bool allows(char context, coercion how) {
    switch (how) {
        case coercion::implicit:
            return context == 'i';
        case coercion::assignment:
            return context != 'e';
        case coercion::explicit_:
            return true;
    }
    return false;
}

// pg_proc.provolatile of a type's output and input function.
bool prints_by_settings(oid type) {
    return type == t::date || type == t::timestamp || type == t::timestamptz ||
           type == t::interval || type == t::record || is_reg(type) || element_of(type) != 0;
}
bool reads_by_settings(oid type) {
    return prints_by_settings(type) || type == t::time || type == t::timetz;
}

// Casts that PostgreSQL makes by a function and that leave the storage form as it is.
bool keeps_form(oid from, oid to) {
    if (is_integer(from) && is_integer(to)) return from == t::int2 || to == t::int8;
    if (from == t::float4 && to == t::float8) return true;
    if (from == t::name && (to == t::text || to == t::varchar)) return true;
    return from == t::char_ && to == t::text;
}

cast_path how_to(const cast_rule& rule) {
    const auto from = rule.from, to = rule.to;
    if (is_integer(from) && (to == t::float8)) return cast_path::to_real;
    if (is_integer(from) && to == t::numeric) return cast_path::to_text;
    if (keeps_form(from, to)) return cast_path::same_form;
    // A negative int4 is another number as an oid.
    if (rule.method == 'b' && !(is_integer(from) || is_integer(to))) return cast_path::same_form;
    if (is_reg(from) && is_integer(to) && to == t::int8) return cast_path::same_form;
    return cast_path::convert;
}

constexpr std::array<std::pair<oid, std::string_view>, 12> pseudo_types = {{
    {t::unknown, "unknown"},
    {t::record, "record"},
    {t::cstring, "cstring"},
    {t::any, "\"any\""},
    {t::anyarray, "anyarray"},
    {t::void_, "void"},
    {t::trigger, "trigger"},
    {t::anyelement, "anyelement"},
    {t::anynonarray, "anynonarray"},
    {t::anycompatible, "anycompatible"},
    {t::anycompatiblearray, "anycompatiblearray"},
    {t::record_array, "record[]"},
}};

}  // namespace

cast_path find_cast(oid from, oid to, coercion how) {
    if (from == to) return cast_path::same_form;
    if (const auto* rule = find_rule(from, to)) {
        return allows(rule->context, how) ? how_to(*rule) : cast_path::none;
    }
    if (const oid from_element = element_of(from), to_element = element_of(to);
        from_element != 0 && to_element != 0) {
        // A vector is an array to read from, but arrays become one only when asked to.
        const bool to_vector = to == t::oidvector || to == t::int2vector;
        if (to_vector && how != coercion::explicit_) return cast_path::none;
        const auto path = find_cast(from_element, to_element, how);
        return path == cast_path::to_real || path == cast_path::to_text ? cast_path::convert : path;
    }
    const bool to_string = category_of(to) == 'S', from_string = category_of(from) == 'S';
    if (how != coercion::implicit && to_string && !is_pseudo(from)) return cast_path::convert;
    if (how == coercion::explicit_ && from_string && !is_pseudo(to)) return cast_path::convert;
    return cast_path::none;
}

bool is_binary_coercible(oid from, oid to) {
    if (from == to) return true;
    const auto* rule = find_rule(from, to);
    return rule != nullptr && rule->method == 'b' && rule->context == 'i';
}

bool is_mutable_cast(oid from, oid to) {
    if (from == to) return false;
    const auto* rule = find_rule(from, to);
    if (rule != nullptr && rule->method == 'b') return false;
    if (rule != nullptr && rule->method == 'f') {
        const auto has_zone = [](oid type) { return type == t::timestamptz || type == t::timetz; };
        const bool is_time = category_of(from) == 'D' && category_of(to) == 'D';
        if (from == t::timetz) return false;
        return (is_time && has_zone(from) != has_zone(to)) ||
               (from == t::timestamptz && to == t::timetz) ||
               (category_of(from) == 'S' && to == t::regclass);
    }
    const oid from_element = element_of(from), to_element = element_of(to);
    if (rule == nullptr && from_element != 0 && to_element != 0) {
        return is_mutable_cast(from_element, to_element);
    }
    return prints_by_settings(from) || reads_by_settings(to);
}

bool is_integer(oid type) { return type == t::int2 || type == t::int4 || type == t::int8; }

bool is_reg(oid type) {
    return type == t::regproc || type == t::regprocedure || type == t::regoper ||
           type == t::regclass || type == t::regtype || type == t::regnamespace ||
           type == t::regrole;
}

bool is_pseudo(oid type) {
    return std::ranges::any_of(pseudo_types, [&](const auto& p) { return p.first == type; });
}

char category_of(oid type) {
    if (type == t::unknown) return 'X';
    if (is_pseudo(type)) return 'P';
    const auto* info = types::find_type(type);
    return info == nullptr ? 'U' : info->category;
}

bool is_preferred(oid type) {
    const auto* info = types::find_type(type);
    return info != nullptr && info->preferred;
}

oid element_of(oid type) {
    const auto* info = types::find_type(type);
    return info == nullptr ? 0 : info->element;
}

oid array_of(oid type) {
    const auto* info = types::find_type(type);
    return info == nullptr ? 0 : info->array;
}

std::string type_display(oid type) {
    for (const auto& [id, name] : pseudo_types) {
        if (id == type) return std::string(name);
    }
    if (type == types::type_oid::bpchar) return "character";
    return types::format_type({.id = type});
}

}  // namespace historyd::sql
