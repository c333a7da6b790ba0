#include "storage/catalog/definition_text.hpp"

#include <algorithm>
#include <optional>

#include "storage/catalog/ordering.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::catalog {

namespace {

using schema::constraint_kind;

// The position after the quoted text that starts at `at`.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (text[at] != quote) continue;
        if (at + 1 < text.size() && text[at + 1] == quote) {
            ++at;
        } else {
            return at + 1;
        }
    }
    return text.size();
}

// The position of the parenthesis that closes the one at `open`; npos when there is none.
std::size_t closing(std::string_view text, std::size_t open) {
    int depth = 0;
    for (std::size_t at = open; at < text.size();) {
        const char c = text[at];
        if (c == '\'' || c == '"') {
            at = skip_quoted(text, at);
            continue;
        }
        if (c == '(') ++depth;
        if (c == ')' && --depth == 0) return at;
        ++at;
    }
    return std::string_view::npos;
}

bool is_enclosed(std::string_view text) {
    return text.starts_with('(') && closing(text, 0) == text.size() - 1;
}

// "lower(b)": a name and one pair of parentheses, which needs no others around it.
bool is_call(std::string_view text) {
    const auto open = text.find('(');
    if (open == 0 || open == std::string_view::npos) return false;
    const bool named = std::ranges::all_of(text.substr(0, open), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '"';
    });
    return named && closing(text, open) == text.size() - 1;
}

// AND or OR where it joins the parts of the whole text.
std::optional<std::pair<std::size_t, std::string_view>> find_connective(std::string_view text,
                                                                        std::size_t from) {
    for (std::size_t at = from; at < text.size();) {
        const char c = text[at];
        if (c == '(') {
            const auto close = closing(text, at);
            if (close == std::string_view::npos) return std::nullopt;
            at = close + 1;
            continue;
        }
        if (c == '\'' || c == '"') {
            at = skip_quoted(text, at);
            continue;
        }
        for (const std::string_view word : {" AND ", " OR "}) {
            if (text.substr(at).starts_with(word)) return std::pair(at, word);
        }
        ++at;
    }
    return std::nullopt;
}

// "(0)::numeric" is 0::numeric: a constant or a column under a cast.
std::string without_cast_parentheses(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '\'' || c == '"') {
            const auto end = skip_quoted(text, at);
            out += text.substr(at, end - at);
            at = end;
            continue;
        }
        if (c == '(' && (out.empty() || out.back() == ' ' || out.back() == '(')) {
            const auto close = closing(text, at);
            if (close != std::string_view::npos && text.substr(close + 1).starts_with("::")) {
                const auto inside = text.substr(at + 1, close - at - 1);
                const bool simple = std::ranges::all_of(inside, [](char i) {
                    return (i >= 'a' && i <= 'z') || (i >= '0' && i <= '9') || i == '_' || i == '.';
                });
                if (simple && !inside.empty()) {
                    out += inside;
                    at = close + 1;
                    continue;
                }
            }
        }
        out += c;
        ++at;
    }
    return out;
}

std::string key_list(const schema::relation& table, const std::vector<std::int16_t>& attnums) {
    std::string out;
    for (const auto attnum : attnums) {
        const auto* column = table.find_column(attnum);
        if (!out.empty()) out += ", ";
        out += column != nullptr ? sql::quote_identifier(column->name) : "?";
    }
    return out;
}

std::string_view action_text(char action) {
    switch (action) {
        case 'r':
            return "RESTRICT";
        case 'c':
            return "CASCADE";
        case 'n':
            return "SET NULL";
        case 'd':
            return "SET DEFAULT";
        default:
            return {};
    }
}

std::string expression(std::string_view text, layout how) {
    return how == layout::pretty ? pretty_expression(text) : std::string(text);
}

}  // namespace

std::string pretty_expression(std::string_view text) {
    while (is_enclosed(text)) text = text.substr(1, text.size() - 2);
    const auto first = find_connective(text, 0);
    if (!first) return without_cast_parentheses(text);
    std::string out;
    std::size_t start = 0;
    for (auto next = first;; next = find_connective(text, start)) {
        const auto part = text.substr(start, next ? next->first - start : std::string_view::npos);
        auto plain = pretty_expression(part);
        // OR under AND keeps its parentheses; so does an expression that was not enclosed.
        const bool keeps = is_enclosed(part) && first->second == " AND " && [&] {
            const auto inner = find_connective(plain, 0);
            return inner && inner->second == " OR ";
        }();
        out += keeps ? "(" + plain + ")" : plain;
        if (!next) return out;
        out += next->second;
        start = next->first + next->second.size();
    }
}

std::string index_key_text(const schema::relation& table, const schema::index_key& key,
                           layout how) {
    if (key.attnum != 0) {
        const auto* column = table.find_column(key.attnum);
        return column != nullptr ? sql::quote_identifier(column->name) : std::string();
    }
    auto text = expression(key.expression_sql, how);
    return is_call(text) ? text : "(" + text + ")";
}

std::string index_definition(const schema::relation& table, const schema::index& index,
                             const std::string& table_name, layout how) {
    std::string out = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
    out +=
        sql::quote_identifier(index.name) + " ON " + table_name + " USING " + index.method + " (";
    for (const auto& key : index.keys) {
        if (&key != &index.keys.front()) out += ", ";
        out += index_key_text(table, key, how) + ordering_text(table, index, key);
        if (key.descending) out += key.nulls_first ? " DESC" : " DESC NULLS LAST";
        if (!key.descending && key.nulls_first) out += " NULLS FIRST";
    }
    out += ")";
    if (index.predicate_sql.empty()) return out;
    auto predicate = expression(index.predicate_sql, how);
    if (how == layout::full && !is_enclosed(predicate)) predicate = "(" + predicate + ")";
    return out + " WHERE " + predicate;
}

std::string constraint_definition(const schema::relation& table, const schema::constraint& c,
                                  const schema::relation* foreign, const std::string& foreign_name,
                                  layout how) {
    std::string out;
    switch (c.kind) {
        case constraint_kind::primary_key:
            out = "PRIMARY KEY (" + key_list(table, c.columns) + ")";
            break;
        case constraint_kind::unique:
            out = "UNIQUE (" + key_list(table, c.columns) + ")";
            break;
        case constraint_kind::check:
            out = "CHECK (" + expression(c.check_sql, how) + ")";
            break;
        case constraint_kind::foreign_key:
            out = "FOREIGN KEY (" + key_list(table, c.columns) + ") REFERENCES " + foreign_name +
                  "(" + (foreign != nullptr ? key_list(*foreign, c.foreign_columns) : "") + ")";
            if (const auto text = action_text(c.on_update); !text.empty()) {
                out.append(" ON UPDATE ").append(text);
            }
            if (const auto text = action_text(c.on_delete); !text.empty()) {
                out.append(" ON DELETE ").append(text);
            }
            break;
    }
    if (c.deferrable) out += " DEFERRABLE";
    if (c.initially_deferred) out += " INITIALLY DEFERRED";
    return out;
}

}  // namespace historyd::catalog
