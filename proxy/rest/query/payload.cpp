#include "proxy/rest/query/payload.hpp"

#include <algorithm>

#include "storage/types/copy_format.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::rest {

namespace {

using types::json_kind;
using types::json_node;

sql_error invalid_body(std::string why) { return {"PGRST102", std::move(why)}; }

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> keys_of(const json_node& object) {
    std::vector<std::string> keys;
    for (const auto& [key, member] : object.members) {
        if (!has(keys, key)) keys.push_back(key);
    }
    return keys;
}

payload::row row_of(json_node& object, const std::vector<std::string>& columns) {
    payload::row row(columns.size());
    for (auto& [key, member] : object.members) {
        const auto at = std::ranges::find(columns, key);
        if (at == columns.end()) continue;
        row[static_cast<std::size_t>(at - columns.begin())] = std::move(member);
    }
    return row;
}

result<payload> json_payload(std::string_view body,
                             const std::optional<std::vector<std::string>>& columns) {
    auto root = types::parse_json(body);
    if (!root || (root->kind != json_kind::object && root->kind != json_kind::array)) {
        return invalid_body("Empty or invalid json");
    }
    std::vector<json_node> objects;
    if (root->kind == json_kind::object) {
        objects.push_back(std::move(*root));
    } else {
        objects = std::move(root->items);
    }
    payload out;
    if (columns) {
        out.columns = *columns;
    } else if (!objects.empty()) {
        out.columns = keys_of(objects.front());
    }
    for (auto& object : objects) {
        const auto keys = keys_of(object);
        const bool uniform =
            keys.size() == out.columns.size() &&
            std::ranges::all_of(keys, [&](const auto& key) { return has(out.columns, key); });
        if (object.kind != json_kind::object || (!columns && !uniform)) {
            return invalid_body("All object keys must match");
        }
        out.rows.push_back(row_of(object, out.columns));
    }
    return out;
}

// COPY ends at such a line; a file must not.
bool has_end_marker(std::string_view body) {
    for (auto at = body.find("\\."); at != body.npos; at = body.find("\\.", at + 1)) {
        const auto after = body.substr(at + 2);
        const bool starts = at == 0 || body[at - 1] == '\n' || body[at - 1] == '\r';
        if (starts && (after.empty() || after.front() == '\n' || after.front() == '\r'))
            return true;
    }
    return false;
}

result<payload> csv_payload(std::string_view body) {
    if (!types::check_utf8(body) || has_end_marker(body)) return invalid_body("invalid CSV");
    types::copy_reader lines({.csv = true, .delimiter = ',', .null_text = "NULL"}, body.size());
    lines.push(body);
    lines.finish();
    payload out;
    for (bool header = true;; header = false) {
        auto line = lines.next();
        if (!line) return invalid_body(line.error().message);
        if (!*line) break;
        if (header) {
            for (auto& name : **line) out.columns.push_back(name.value_or("NULL"));
            continue;
        }
        if ((*line)->size() != out.columns.size()) {
            return invalid_body("All lines must have same number of fields");
        }
        payload::row row;
        for (auto& text : **line) {
            json_node cell;
            if (text) {
                cell.kind = json_kind::string;
                cell.text = std::move(*text);
            }
            row.emplace_back(std::move(cell));
        }
        out.rows.push_back(std::move(row));
    }
    if (out.columns.empty()) return invalid_body("not enough input");
    return out;
}

}  // namespace

result<payload> parse_payload(payload_form form, std::string_view body,
                              const std::optional<std::vector<std::string>>& columns) {
    if (form == payload_form::csv) return csv_payload(body);
    return json_payload(body, columns);
}

}  // namespace historyd::rest
