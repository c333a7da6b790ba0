#include "proxy/rest/query/request.hpp"

#include <algorithm>

#include "proxy/rest/query/url_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::rest {

namespace {

constexpr std::string_view base_path = "/rest/v1";
constexpr std::string_view exposed_schema = "public";

result<action> action_of(std::string_view method) {
    if (method == "GET" || method == "HEAD") return action::read;
    if (method == "POST") return action::insert;
    if (method == "PATCH") return action::update;
    if (method == "DELETE") return action::remove;
    return sql_error("PGRST117", "Unsupported HTTP method: " + std::string(method));
}

// Returns: the table that the path names.
result<std::string> table_of(std::string_view path) {
    if (!path.starts_with(base_path)) {
        return sql_error("PGRST125", "Invalid path specified in request URL");
    }
    path.remove_prefix(base_path.size());
    if (path.empty() || path == "/") {
        return sql_error("PGRST126", "Root endpoint metadata is disabled");
    }
    if (path.starts_with("/rpc/")) {
        const auto name = "public." + percent_decode(path.substr(5), false);
        return sql_error("PGRST202", "Could not find the function " + name + " in the schema cache")
            .with_hint("historyd serves tables only.");
    }
    auto table = percent_decode(path.substr(1), false);
    if (path.front() != '/' || table.find('/') != table.npos || !types::check_utf8(table)) {
        return sql_error("PGRST125", "Invalid path specified in request URL");
    }
    return table;
}

// The first of that name.
std::optional<std::string_view> find(const parameters& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &parameters::value_type::first);
    if (found == all.end()) return std::nullopt;
    return found->second;
}

// Empty text as when it had not been given.
result<std::optional<std::vector<std::string>>> names_of(const parameters& all,
                                                         std::string_view name) {
    using names = std::optional<std::vector<std::string>>;
    const auto text = find(all, name);
    if (!text || text->empty()) return names();
    auto parsed = parse_names(*text, std::string(name) + " parameter");
    if (!parsed) return parsed.error();
    names out(std::in_place);
    for (auto& n : *parsed) {
        if (std::ranges::find(*out, n) == out->end()) out->push_back(std::move(n));
    }
    return out;
}

bool is_reserved(std::string_view name) {
    constexpr std::string_view reserved[] = {"select", "order",   "limit",
                                             "offset", "columns", "on_conflict"};
    return std::ranges::find(reserved, name) != std::end(reserved);
}

result<void> parse_conditions(const parameters& all, std::vector<condition_node>& into) {
    for (const auto& [name, text] : all) {
        if (is_reserved(name)) continue;
        if (is_group_key(name)) {
            auto group = parse_condition_group(name, text);
            if (!group) return group.error();
            into.emplace_back(std::move(*group));
        } else {
            auto one = parse_condition(name, text);
            if (!one) return one.error();
            into.emplace_back(std::move(*one));
        }
    }
    return {};
}

result<void> check_profile(std::string_view schema) {
    if (schema.empty() || schema == exposed_schema) return {};
    return sql_error("PGRST106", "Invalid schema: " + std::string(schema))
        .with_hint("Only the following schemas are exposed: " + std::string(exposed_schema));
}

}  // namespace

result<void> parse_query(std::string_view query, std::string_view range_header, request& into,
                         std::optional<std::vector<std::string>>& columns) {
    const auto all = parse_query_string(query);
    if (!all) return all.error();
    auto select = parse_select(find(*all, "select").value_or("*"));
    if (!select) return select.error();
    into.select = std::move(*select);
    if (const auto text = find(*all, "order"); text && !text->empty()) {
        auto order = parse_order(*text);
        if (!order) return order.error();
        into.order = std::move(*order);
    }
    const auto range = parse_range(find(*all, "limit"), find(*all, "offset"), range_header);
    if (!range) return range.error();
    into.range = *range;
    auto on_conflict = names_of(*all, "on_conflict");
    if (!on_conflict) return on_conflict.error();
    into.on_conflict = std::move(*on_conflict);
    auto named = names_of(*all, "columns");
    if (!named) return named.error();
    columns = std::move(*named);
    return parse_conditions(*all, into.where);
}

result<request> parse_request(const request_head& head, std::string_view body) {
    request out;
    const auto what = action_of(head.method);
    if (!what) return what.error();
    out.what = *what;
    const std::string_view target = head.target;
    const auto path = target.substr(0, target.find('?'));
    auto table = table_of(path);
    if (!table) return table.error();
    out.table = std::move(*table);

    const bool reads = out.what == action::read;
    const auto& profile = reads ? head.accept_profile : head.content_profile;
    if (auto known = check_profile(profile); !known) return known.error();
    out.names_schema = !profile.empty();
    auto prefer = parse_prefer(head.prefer);
    if (!prefer) return prefer.error();
    out.prefer = std::move(*prefer);
    const auto answer = choose_media(head.accept);
    if (!answer) return answer.error();
    out.answer = *answer;

    std::optional<std::vector<std::string>> columns;
    const auto query = target.substr(std::min(path.size() + 1, target.size()));
    const auto range = reads ? std::string_view(head.range) : std::string_view();
    if (auto parsed = parse_query(query, range, out, columns); !parsed) return parsed.error();

    if (out.what == action::insert || out.what == action::update) {
        const auto form = payload_form_of(head.content_type);
        if (!form) return form.error();
        auto rows = parse_payload(*form, body, columns);
        if (!rows) return rows.error();
        out.body = std::move(*rows);
    }
    return out;
}

}  // namespace historyd::rest
