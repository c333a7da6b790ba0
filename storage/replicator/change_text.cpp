#include "storage/replicator/change_text.hpp"

#include <array>
#include <cstdio>

#include "storage/replicator/row_group.hpp"

namespace historyd::replicator {

namespace {

using outbox::change_op;

constexpr std::size_t shown_bytes_max = 60;

std::string_view op_name(change_op op) {
    switch (op) {
        case change_op::insert:
            return "insert";
        case change_op::put:
            return "put";
        case change_op::update:
            return "update";
        case change_op::remove:
            return "delete";
        case change_op::truncate:
            return "truncate";
        case change_op::ddl:
            return "ddl";
    }
    return {};
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
            out += escaped.data();
        } else {
            out.push_back(c);
        }
    }
    return out + "\"";
}

std::string json_object(const std::vector<outbox::named_value>& values) {
    std::string out;
    for (const auto& v : values) {
        const auto text = value_text(v.value);
        out += (out.empty() ? "" : ", ") + json_string(v.column) + ": " +
               (text ? json_string(*text) : "null");
    }
    return "{" + out + "}";
}

}  // namespace

std::string described(const outbox::change& c) {
    if (c.op == change_op::ddl || c.op == change_op::truncate) {
        return c.sql.substr(0, shown_bytes_max) + (c.sql.size() > shown_bytes_max ? "..." : "");
    }
    std::string key;
    for (const auto& k : c.key) {
        key += (key.empty() ? "" : ", ") + k.column + " = " +
               value_text(k.value).value_or("NULL").substr(0, shown_bytes_max);
    }
    return std::string(op_name(c.op)) + " of " + c.table + (key.empty() ? "" : " (" + key + ")");
}

std::string json_of(const outbox::change& c) {
    std::string out = "{\"op\": " + json_string(op_name(c.op)) +
                      ", \"table\": " + json_string(c.table) +
                      ", \"txid\": " + std::to_string(c.txid);
    if (!c.key.empty()) out += ", \"key\": " + json_object(c.key);
    if (!c.row.empty()) out += ", \"row\": " + json_object(c.row);
    if (!c.sql.empty()) out += ", \"sql\": " + json_string(c.sql);
    return out + "}";
}

}  // namespace historyd::replicator
