#include "storage/transfer/record.hpp"

#include <array>

#include "storage/base/sql_error.hpp"
#include "storage/transfer/digest.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/json_text.hpp"
#include "storage/types/type_io.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::transfer {

namespace {

constexpr std::array<std::string_view, 1> prev_value{"prev_value"}, new_value{"new_value"},
    timestamp{"timestamp"};
constexpr std::array<std::string_view, 2> half_migrated{"history_old", "old_history"};

constexpr std::array history_columns{
    column{"id"},
    column{"memory_id"},
    column{"old_memory", column_kind::text, prev_value},
    column{"new_memory", column_kind::text, new_value},
    column{"event"},
    column{"created_at", column_kind::instant, timestamp},
    column{"updated_at", column_kind::instant, timestamp},
    column{"is_deleted", column_kind::flag},
    column{"actor_id"},
    column{"role"},
};
constexpr std::array messages_columns{
    column{"id"},      column{"session_scope"}, column{"role"},
    column{"content"}, column{"name"},          column{"created_at", column_kind::instant},
};
constexpr std::array memory_history_columns{
    column{"id"},
    column{"memory_id"},
    column{"previous_value"},
    column{"new_value"},
    column{"action"},
    column{"created_at", column_kind::instant},
    column{"updated_at", column_kind::instant},
    column{"is_deleted", column_kind::flag},
};

constexpr std::array all_tables{
    table{"history", history_columns, half_migrated},
    table{"messages", messages_columns},
    table{"memory_history", memory_history_columns},
};

std::optional<std::string> plain_text(const value_view& v) {
    struct visitor {
        std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
        std::optional<std::string> operator()(std::int64_t i) const { return std::to_string(i); }
        std::optional<std::string> operator()(double d) const {
            std::string out;
            const types::type_ref float8{.id = types::type_oid::float8};
            if (!types::text_out(float8, d, types::io_settings{}, out)) out = std::to_string(d);
            return out;
        }
        std::optional<std::string> operator()(std::string_view s) const { return std::string(s); }
        std::optional<std::string> operator()(blob_view b) const { return std::string(b.bytes); }
    };
    return std::visit(visitor{}, v);
}

std::optional<std::string> canonical_instant(const value_view& v) {
    auto read = types::from_foreign_form(types::type_oid::timestamptz, v);
    if (!read) return std::nullopt;
    auto* text = std::get_if<std::string>(&*read);
    if (text == nullptr) return std::nullopt;
    const auto blank = text->find(' ');
    if (blank != text->npos) (*text)[blank] = 'T';
    return std::move(*text);
}

std::optional<std::string> canonical_flag(const value_view& v) {
    const auto read = types::from_foreign_form(types::type_oid::bool_, v);
    if (!read) return std::nullopt;
    return std::get<std::int64_t>(*read) != 0 ? "1" : "0";
}

void add_defect(const column& c, std::string_view what, std::string& defect) {
    defect += (defect.empty() ? "" : "; ") + std::string(c.name) + ": " + std::string(what);
}

}  // namespace

std::span<const table> tables() { return all_tables; }

std::optional<std::string> canonical(const column& c, const value_view& v, std::string& defect) {
    if (is_null(v)) return std::nullopt;
    if (c.kind == column_kind::instant) {
        if (auto text = canonical_instant(v)) return text;
        add_defect(c, "not a date and time", defect);
    } else if (c.kind == column_kind::flag) {
        if (auto text = canonical_flag(v)) return text;
        add_defect(c, "neither 0 nor 1", defect);
    }
    auto text = plain_text(v);
    if (!types::check_utf8(*text)) add_defect(c, "not UTF-8 text", defect);
    return text;
}

void settle_id(record& r, bool numbered) {
    if (r.fields[0] && !numbered) return;
    auto hash = row_hash(r, row_identity::whole);
    // A UUID of version 8: by its bits nobody takes it for a random one.
    hash[6] = static_cast<unsigned char>((hash[6] & 0x0f) | 0x80);
    hash[8] = static_cast<unsigned char>((hash[8] & 0x3f) | 0x80);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    for (std::size_t i = 0; i < hash.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) id.push_back('-');
        id.push_back(digits[hash[i] >> 4]);
        id.push_back(digits[hash[i] & 15]);
    }
    r.fields[0] = std::move(id);
}

std::string json_line(const record& r) {
    const auto& t = tables()[r.table];
    std::string out = "{\"table\": ";
    types::append_json_string(t.name, out);
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
        out += ", ";
        types::append_json_string(t.columns[i].name, out);
        out += ": ";
        const auto& field = r.fields[i];
        if (!field) {
            out += "null";
        } else if (t.columns[i].kind == column_kind::flag && (*field == "0" || *field == "1")) {
            out += *field;
        } else {
            types::append_json_string(*field, out);
        }
    }
    return out + "}\n";
}

}  // namespace historyd::transfer
