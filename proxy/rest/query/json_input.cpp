#include "proxy/rest/query/json_input.hpp"

namespace historyd::rest {

namespace {

using types::json_kind;
using types::json_node;

std::string json_text(const json_node& node) {
    std::string out;
    types::print_compact(node, out);
    return out;
}

std::string scalar_text(const json_node& node) {
    return node.kind == json_kind::string ? node.text : json_text(node);
}

// Every element is quoted, so that none is taken for NULL or a brace.
void append_array(const json_node& array, types::oid element, std::string& out) {
    const bool of_json = element == types::type_oid::json || element == types::type_oid::jsonb;
    out += '{';
    for (std::size_t i = 0; i < array.items.size(); ++i) {
        const auto& item = array.items[i];
        if (i > 0) out += ',';
        if (item.kind == json_kind::null) {
            out += "NULL";
        } else if (item.kind == json_kind::array && !of_json) {
            append_array(item, element, out);
        } else {
            out += '"';
            for (const char c : of_json ? json_text(item) : scalar_text(item)) {
                if (c == '"' || c == '\\') out += '\\';
                out += c;
            }
            out += '"';
        }
    }
    out += '}';
}

}  // namespace

std::optional<std::string> input_text(const json_node& node, types::oid type) {
    if (node.kind == json_kind::null) return std::nullopt;
    if (type == types::type_oid::json || type == types::type_oid::jsonb) return json_text(node);
    const auto* info = types::find_type(type);
    if (info != nullptr && info->element != 0 && node.kind == json_kind::array) {
        std::string out;
        append_array(node, info->element, out);
        return out;
    }
    return scalar_text(node);
}

}  // namespace historyd::rest
