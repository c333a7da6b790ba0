#include <algorithm>

#include "storage/types/json_text.hpp"
#include "storage/types/numeric.hpp"

namespace historyd::types {

namespace {

bool key_before(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

int sign_of(int v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }

int compare_sizes(std::size_t a, std::size_t b) { return a < b ? -1 : a > b ? 1 : 0; }

bool is_scalar(const json_node& n) {
    return n.kind != json_kind::array && n.kind != json_kind::object;
}

int rank(const json_node& n) {
    switch (n.kind) {
        case json_kind::null:
            return 0;
        case json_kind::string:
            return 1;
        case json_kind::number:
            return 2;
        case json_kind::boolean:
            return 3;
        case json_kind::array:
            return 4;
        default:
            return 5;
    }
}

int compare_nested(const json_node& a, const json_node& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
    switch (a.kind) {
        case json_kind::null:
            return 0;
        case json_kind::boolean:
            return (a.boolean ? 1 : 0) - (b.boolean ? 1 : 0);
        case json_kind::number:
            return compare_numeric_text(a.text, b.text);
        case json_kind::string:
            return sign_of(a.text.compare(b.text));
        case json_kind::array: {
            if (const int c = compare_sizes(a.items.size(), b.items.size()); c != 0) return c;
            for (std::size_t i = 0; i < a.items.size(); ++i) {
                if (const int c = compare_nested(a.items[i], b.items[i]); c != 0) return c;
            }
            return 0;
        }
        default:
            break;
    }
    if (const int c = compare_sizes(a.members.size(), b.members.size()); c != 0) return c;
    for (std::size_t i = 0; i < a.members.size(); ++i) {
        if (const int c = a.members[i].first.compare(b.members[i].first); c != 0) return sign_of(c);
        if (const int c = compare_nested(a.members[i].second, b.members[i].second); c != 0)
            return c;
    }
    return 0;
}

}  // namespace

void sort_members(json_node& node) {
    for (auto& item : node.items) sort_members(item);
    for (auto& [key, member] : node.members) sort_members(member);
    auto& members = node.members;
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return key_before(a.first, b.first); });
    // Of equal keys, now side by side in their old order, the last stays.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const bool last = i + 1 == members.size() || members[i].first != members[i + 1].first;
        if (!last) continue;
        if (kept != i) members[kept] = std::move(members[i]);
        ++kept;
    }
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(kept), members.end());
}

int compare_jsonb(const json_node& a, const json_node& b) {
    // A scalar at the top is to PostgreSQL an array of one element, which comes before a real array
    // of as many elements: the empty array is below every scalar.
    const auto as_array = [](const json_node& n) { return n.kind != json_kind::object; };
    if (as_array(a) && as_array(b) && is_scalar(a) != is_scalar(b)) {
        const json_node& array = is_scalar(a) ? b : a;
        const int array_against_scalar = array.items.empty() ? -1 : 1;
        return is_scalar(a) ? -array_against_scalar : array_against_scalar;
    }
    return compare_nested(a, b);
}

void append_json_string(std::string_view text, std::string& out) {
    constexpr char hex[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += "\\u00";
                    out += hex[c >> 4];
                    out += hex[c & 15];
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

namespace {

void print(const json_node& node, std::string_view comma, std::string_view colon,
           std::string& out) {
    bool first = true;
    const auto separate = [&] {
        if (!first) out += comma;
        first = false;
    };
    switch (node.kind) {
        case json_kind::null:
            out += "null";
            break;
        case json_kind::boolean:
            out += node.boolean ? "true" : "false";
            break;
        case json_kind::number:
            out += node.text;
            break;
        case json_kind::string:
            append_json_string(node.text, out);
            break;
        case json_kind::array:
            out += '[';
            for (const auto& item : node.items) {
                separate();
                print(item, comma, colon, out);
            }
            out += ']';
            break;
        case json_kind::object:
            out += '{';
            for (const auto& [key, member] : node.members) {
                separate();
                append_json_string(key, out);
                out += colon;
                print(member, comma, colon, out);
            }
            out += '}';
            break;
    }
}

}  // namespace

void print_jsonb(const json_node& node, std::string& out) { print(node, ", ", ": ", out); }

void print_compact(const json_node& node, std::string& out) { print(node, ",", ":", out); }

}  // namespace historyd::types
