#include "storage/types/array_text.hpp"

#include <algorithm>

#include "storage/types/input_text.hpp"

namespace historyd::types {

namespace {

bool needs_quotes(std::string_view s) {
    if (s.empty() || equals_ignoring_case(s, "null")) return true;
    return std::any_of(s.begin(), s.end(), [](char c) {
        return c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || is_blank(c);
    });
}

void append_element(const std::optional<std::string>& element, std::string& out) {
    if (!element) {
        out += "NULL";
    } else if (!needs_quotes(*element)) {
        out += *element;
    } else {
        out += '"';
        for (const char c : *element) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
}

void append_level(const array_value& a, std::size_t depth, std::size_t& next, std::string& out) {
    out += '{';
    for (std::int32_t i = 0; i < a.dimensions[depth].length; ++i) {
        if (i > 0) out += ',';
        if (depth + 1 == a.dimensions.size()) {
            append_element(a.elements[next++], out);
        } else {
            append_level(a, depth + 1, next, out);
        }
    }
    out += '}';
}

}  // namespace

array_value one_dimensional(std::vector<std::optional<std::string>> elements) {
    array_value a;
    if (!elements.empty()) a.dimensions.push_back({static_cast<std::int32_t>(elements.size()), 1});
    a.elements = std::move(elements);
    return a;
}

void format_array(const array_value& a, std::string& out) {
    if (a.dimensions.empty()) {
        out += "{}";
        return;
    }
    const bool plain = std::all_of(a.dimensions.begin(), a.dimensions.end(),
                                   [](const array_dimension& d) { return d.lower_bound == 1; });
    if (!plain) {
        for (const auto& d : a.dimensions) {
            const std::int64_t upper = std::int64_t{d.lower_bound} + d.length - 1;
            out += "[" + std::to_string(d.lower_bound) + ":" + std::to_string(upper) + "]";
        }
        out += '=';
    }
    std::size_t next = 0;
    append_level(a, 0, next, out);
}

std::string array_to_text(const array_value& a) {
    std::string out;
    format_array(a, out);
    return out;
}

}  // namespace historyd::types
