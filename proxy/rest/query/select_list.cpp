#include "proxy/rest/query/select_list.hpp"

#include <algorithm>

namespace historyd::rest {

namespace {

sql_error no_embedding() {
    return sql_error("PGRST127", "Feature not implemented")
        .with_detail("historyd does not embed rows of other tables.");
}

bool is_aggregate(std::string_view name) {
    constexpr std::string_view names[] = {"count", "sum", "avg", "min", "max"};
    return std::ranges::find(names, name) != std::end(names);
}

// What follows a field and is refused: (...), !hint, .sum().
result<void> check_plain(const text_cursor& in, const field& of) {
    auto ahead = in;
    if (ahead.take(".")) {
        const auto name = ahead.take_until("().,");
        if (is_aggregate(name) && ahead.take("()")) {
            return sql_error("PGRST123", "Use of aggregate functions is not allowed");
        }
    }
    if (in.rest().starts_with("()") && of.name == "count") {
        return sql_error("PGRST123", "Use of aggregate functions is not allowed");
    }
    if (in.peek() == '(' || in.peek() == '!') return no_embedding();
    return {};
}

// The name of a type: taken over into the SQL text as it is, so these bytes and no others.
result<std::string> take_type(text_cursor& in) {
    const auto name = in.rest().substr(
        0, in.rest().find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ "));
    in.skip(name.size());
    if (name.find_first_not_of(' ') == name.npos) return in.expected("letter or digit");
    return std::string(name);
}

// "alias:", but not the :: of a cast.
std::optional<std::string> take_alias(text_cursor& in) {
    const auto start = in.mark();
    in.skip_blanks();
    auto name = take_name(in);
    if (name && in.peek() == ':' && !in.rest().starts_with("::")) {
        in.skip(1);
        return std::move(*name);
    }
    in.back_to(start);
    return std::nullopt;
}

result<select_item> take_item(text_cursor& in) {
    select_item item;
    in.skip_blanks();
    if (in.take("*")) {
        item.of.name = "*";
        in.skip_blanks();
        return item;
    }
    if (in.rest().starts_with("...")) return no_embedding();
    if (auto alias = take_alias(in)) item.alias = std::move(*alias);
    auto of = take_field(in);
    if (!of) return of.error();
    item.of = std::move(*of);
    if (auto plain = check_plain(in, item.of); !plain) return plain.error();
    if (in.take("::")) {
        auto type = take_type(in);
        if (!type) return type.error();
        item.cast = std::move(*type);
    }
    return item;
}

}  // namespace

std::string select_item::name() const {
    if (!alias.empty()) return alias;
    // The last key; a path of positions only goes by the column's name.
    for (auto step = of.path.rbegin(); step != of.path.rend(); ++step) {
        if (const auto* key = std::get_if<std::string>(&step->to)) return *key;
    }
    return of.name;
}

result<std::vector<select_item>> parse_select(std::string_view text) {
    text_cursor in(text, "select parameter");
    std::vector<select_item> items;
    if (in.done()) {
        items.push_back({.alias = {}, .of = {.name = "*", .path = {}}, .cast = {}});
        return items;
    }
    do {
        auto item = take_item(in);
        if (!item) return item.error();
        items.push_back(std::move(*item));
    } while (in.take(","));
    if (!in.done()) return in.expected("\",\" or end of input");
    return items;
}

}  // namespace historyd::rest
