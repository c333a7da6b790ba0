#include "proxy/rest/query/filter.hpp"

#include <algorithm>

namespace historyd::rest {

namespace {

struct operator_fact {
    std::string_view name, sql;
    bool quantifiable = false;
    bool is_pattern = false;
};

constexpr operator_fact operators[] = {
    {"eq", "=", true},
    {"neq", "<>"},
    {"gt", ">", true},
    {"gte", ">=", true},
    {"lt", "<", true},
    {"lte", "<=", true},
    {"like", "LIKE", true, true},
    {"ilike", "ILIKE", true, true},
    {"match", "~", true},
    {"imatch", "~*", true},
    {"cs", "@>"},
    {"cd", "<@"},
    {"ov", "&&"},
    {"isdistinct", "IS DISTINCT FROM"},
};
constexpr std::string_view unsupported_operators[] = {"fts", "plfts", "phfts", "wfts", "sl",
                                                      "sr",  "nxr",   "nxl",   "adj"};
constexpr std::pair<std::string_view, std::string_view> is_words[] = {
    {"null", "IS NULL"},   {"not_null", "IS NOT NULL"}, {"true", "IS TRUE"},
    {"false", "IS FALSE"}, {"unknown", "IS UNKNOWN"},
};
constexpr std::string_view operator_wanted = "operator (eq, gt, ...)";

const operator_fact* find_operator(std::string_view name) {
    const auto* found = std::ranges::find(operators, name, &operator_fact::name);
    return found == std::end(operators) ? nullptr : found;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
    });
}

// Where a value ends: at the end of the parameter, or inside and(...) at the next , or ).
enum class value_end : std::uint8_t { input, member };

bool at_member_end(const text_cursor& in) {
    return in.done() || in.peek() == ',' || in.peek() == ')';
}

// A quoted value only counts as quoted when it ends where a value ends.
bool take_quoted_member(text_cursor& in, std::string& out) {
    if (in.peek() != '"') return false;
    const auto start = in.mark();
    if (auto quoted = take_quoted(in); quoted && at_member_end(in)) {
        out = std::move(*quoted);
        return true;
    }
    in.back_to(start);
    return false;
}

// {a,b}: the commas of an array are its own.
bool take_braced_member(text_cursor& in, std::string& out) {
    const auto text = in.rest();
    if (!text.starts_with('{')) return false;
    const auto close = text.find_first_of("{}", 1);
    if (close == text.npos || text[close] == '{') return false;
    out = text.substr(0, close + 1);
    in.skip(close + 1);
    return true;
}

std::string take_value(text_cursor& in, value_end end) {
    std::string out;
    if (end == value_end::input) {
        out = in.rest();
        in.skip(out.size());
    } else if (!take_quoted_member(in, out) && !take_braced_member(in, out)) {
        out = in.take_until(",)");
    }
    return out;
}

// (a,"b,c",d)
result<in_list> take_list(text_cursor& in) {
    in.skip_blanks();
    if (!in.take("(")) return in.expected("\"(\"");
    in_list list;
    if (in.take(")")) return list;
    do {
        std::string item;
        if (!take_quoted_member(in, item)) item = in.take_until(",)");
        list.values.push_back(std::move(item));
    } while (in.take(","));
    if (!in.take(")")) return in.expected("\",\" or \")\"");
    in.skip_blanks();
    return list;
}

result<is_test> take_is(text_cursor& in) {
    const auto start = in.mark();
    const auto word = in.take_until(",)");
    for (const auto& [name, sql] : is_words) {
        if (equal_ignoring_case(word, name)) return is_test{sql};
    }
    in.back_to(start);
    return in.expected("null or trilean value (unknown, true, false)");
}

result<comparison> take_comparison(text_cursor& in, value_end end) {
    const auto start = in.mark();
    const auto name = in.take_until(".(,)");
    if (in.done()) {
        in.back_to(start);
        return in.expected("\"not\" or " + std::string(operator_wanted));
    }
    if (std::ranges::find(unsupported_operators, name) != std::end(unsupported_operators)) {
        return sql_error(sqlstate::feature_not_supported,
                         "the operator " + std::string(name) + " is not supported")
            .with_hint("historyd has no text search and no range types.");
    }
    const auto* fact = find_operator(name);
    if (fact == nullptr) {
        return in.failure("unknown single value operator " + std::string(name));
    }
    comparison c{.sql = fact->sql, .is_pattern = fact->is_pattern, .value = {}};
    if (fact->quantifiable && in.take("(any)")) c.quantifier = comparison::how::any;
    if (fact->quantifiable && in.take("(all)")) c.quantifier = comparison::how::all;
    if (!in.take(".")) return in.expected("delimiter (.)");
    c.value = take_value(in, end);
    return c;
}

result<condition> take_test(text_cursor& in, field of, value_end end) {
    condition c{.of = std::move(of), .negated = in.take("not."), .test = is_test{}};
    if (in.take("in.")) {
        auto list = take_list(in);
        if (!list) return list.error();
        c.test = std::move(*list);
    } else if (in.take("is.")) {
        auto is = take_is(in);
        if (!is) return is.error();
        c.test = *is;
    } else {
        auto compared = take_comparison(in, end);
        if (!compared) return compared.error();
        c.test = std::move(*compared);
    }
    return c;
}

result<condition_group> take_group(text_cursor& in, int depth);

// not.and(...) or a condition. A column may be called "and": only ( after it makes it a group.
result<condition_node> take_node(text_cursor& in, int depth) {
    in.skip_blanks();
    const auto text = in.rest();
    const auto word = text.starts_with("not.") ? text.substr(4) : text;
    if (word.starts_with("and(") || word.starts_with("or(")) {
        auto group = take_group(in, depth + 1);
        if (!group) return group.error();
        return condition_node(std::move(*group));
    }
    auto of = take_field(in);
    if (!of) return of.error();
    if (!in.take(".")) return in.expected("delimiter (.)");
    auto leaf = take_test(in, std::move(*of), value_end::member);
    if (!leaf) return leaf.error();
    return condition_node(std::move(*leaf));
}

result<condition_group> take_group(text_cursor& in, int depth) {
    if (depth > condition_depth_max) return in.failure("and/or nested too deeply");
    condition_group group;
    group.negated = in.take("not.");
    if (in.take("or")) {
        group.any = true;
    } else if (!in.take("and")) {
        return in.expected("logic operator (and, or)");
    }
    if (!in.take("(")) return in.expected("\"(\"");
    do {
        auto member = take_node(in, depth);
        if (!member) return member.error();
        group.members.push_back(std::move(*member));
        in.skip_blanks();
    } while (in.take(","));
    if (!in.take(")")) return in.expected("\",\" or \")\"");
    in.skip_blanks();
    return group;
}

}  // namespace

result<condition> parse_condition(std::string_view key, std::string_view value) {
    text_cursor name(key, "tree path");
    auto of = take_field(name);
    if (!of) return of.error();
    if (name.peek() == '.') {
        return sql_error("PGRST108",
                         "'" + of->name + "' is not an embedded resource in this request")
            .with_hint("Verify that '" + of->name +
                       "' is included in the 'select' query parameter.");
    }
    if (!name.done()) return name.expected("delimiter (.) or end of input");
    text_cursor in(value, "filter");
    auto c = take_test(in, std::move(*of), value_end::input);
    if (!c) return c.error();
    if (!in.done()) return in.expected("end of input");
    return c;
}

bool is_group_key(std::string_view key) {
    if (key.starts_with("not.")) key.remove_prefix(4);
    return key == "and" || key == "or";
}

result<condition_group> parse_condition_group(std::string_view key, std::string_view value) {
    const auto text = std::string(key) + std::string(value);
    text_cursor in(text, "logic tree");
    auto group = take_group(in, 0);
    if (!group) return group.error();
    if (!in.done()) return in.expected("end of input");
    return group;
}

}  // namespace historyd::rest
