#include "proxy/rest/query/sql_text.hpp"

#include <algorithm>

namespace historyd::rest {

namespace {

namespace t = types::type_oid;

// Always quoted: a name is what the client wrote, never folded.
std::string quoted(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    return out + "\"";
}

bool is_json(types::oid type) { return type == t::json || type == t::jsonb; }

std::string with_percent(std::string_view pattern) {
    std::string out(pattern);
    std::ranges::replace(out, '*', '%');
    return out;
}

}  // namespace

void sql_text::name(std::string_view name) { out_.text += quoted(name); }

void sql_text::table() { out_.text += "\"public\"." + quoted(table_.name); }

void sql_text::column(std::string_view name) {
    table();
    out_.text += "." + quoted(name);
}

void sql_text::names(const std::vector<std::string>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i > 0) out_.text += ", ";
        name(all[i]);
    }
}

void sql_text::typed_parameter(types::oid type, value v) {
    out_.types.push_back(type);
    out_.parameters.push_back(std::move(v));
    out_.text += "$" + std::to_string(out_.types.size());
}

void sql_text::null_parameter(types::oid type) { typed_parameter(type, std::monostate{}); }

result<void> sql_text::parameter(types::type_ref type, std::string_view text) {
    auto v = types::text_in(type, text, io_);
    if (!v) return v.error();
    typed_parameter(type.id, std::move(*v));
    return {};
}

types::oid sql_text::field(const rest::field& of) {
    const auto* found = table_.find_column(of.name);
    auto type = found == nullptr ? types::oid{t::text} : found->type.id;
    if (of.path.empty()) {
        column(of.name);
        return type;
    }
    const bool converts = !is_json(type);
    if (converts) {
        type = t::jsonb;
        out_.text += "to_jsonb(";
    }
    column(of.name);
    if (converts) out_.text += ")";
    for (const auto& step : of.path) {
        out_.text += step.as_text ? "->>" : "->";
        if (const auto* key = std::get_if<std::string>(&step.to)) {
            typed_parameter(t::text, *key);
        } else {
            typed_parameter(t::int4, std::int64_t{std::get<std::int32_t>(step.to)});
        }
        if (step.as_text) type = t::text;
    }
    return type;
}

void sql_text::item(const select_item& item, bool strip_nulls) {
    if (item.is_star() && !strip_nulls) {
        table();
        out_.text += ".*";
        return;
    }
    if (item.is_star()) {
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            if (i > 0) out_.text += ", ";
            const rest::field of{.name = table_.columns[i].name, .path = {}};
            this->item({.alias = {}, .of = of, .cast = {}}, true);
        }
        return;
    }
    const auto start = out_.text.size();
    const auto type = field(item.of);
    bool changed = !item.of.path.empty() || item.name() != item.of.name;
    if (strip_nulls && is_json(type)) {
        out_.text.insert(start, type == t::json ? "json_strip_nulls(" : "jsonb_strip_nulls(");
        out_.text += ")";
        changed = true;
    }
    if (!item.cast.empty()) {
        out_.text.insert(start, "CAST(");
        out_.text += " AS " + item.cast + ")";
        changed = true;
    }
    if (changed) out_.text += " AS " + quoted(item.name());
}

void sql_text::select(const std::vector<select_item>& items, bool strip_nulls) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out_.text += ", ";
        item(items[i], strip_nulls);
    }
}

result<void> sql_text::where(const std::vector<condition_node>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        out_.text += i == 0 ? " WHERE " : " AND ";
        if (auto ok = node(all[i]); !ok) return ok;
    }
    return {};
}

result<void> sql_text::node(const condition_node& node) {
    if (const auto* c = std::get_if<rest::condition>(&node)) return condition(*c);
    return group(std::get<condition_group>(node));
}

result<void> sql_text::group(const condition_group& group) {
    out_.text += group.negated ? "NOT (" : "(";
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        if (i > 0) out_.text += group.any ? " OR " : " AND ";
        if (auto ok = node(group.members[i]); !ok) return ok;
    }
    out_.text += ")";
    return {};
}

result<void> sql_text::condition(const rest::condition& c) {
    out_.text += c.negated ? "NOT (" : "(";
    const auto type = field(c.of);
    result<void> written;
    if (const auto* compared = std::get_if<comparison>(&c.test)) {
        written = compare(*compared, type);
    } else if (const auto* list = std::get_if<in_list>(&c.test)) {
        written = in(*list, type);
    } else {
        out_.text += " " + std::string(std::get<is_test>(c.test).sql);
    }
    out_.text += ")";
    return written;
}

result<void> sql_text::compare(const comparison& c, types::oid type) {
    out_.text += " " + std::string(c.sql) + " ";
    const bool takes_text = c.is_pattern || c.sql == "~" || c.sql == "~*";
    auto of = takes_text ? types::oid{t::text} : type;
    const auto text = c.is_pattern ? with_percent(c.value) : c.value;
    if (c.quantifier == comparison::how::value) return parameter({.id = of}, text);
    const auto* info = types::find_type(of);
    if (info == nullptr || info->array == 0) {
        return sql_error(sqlstate::undefined_object, "could not find array type for the column");
    }
    out_.text += c.quantifier == comparison::how::any ? "ANY (" : "ALL (";
    auto written = parameter({.id = info->array}, text);
    out_.text += ")";
    return written;
}

// No value is in an empty list, and NULL in none is not known to be.
result<void> sql_text::in(const in_list& list, types::oid type) {
    if (list.values.empty()) {
        out_.text += " IS NULL AND false";
        return {};
    }
    out_.text += " IN (";
    for (std::size_t i = 0; i < list.values.size(); ++i) {
        if (i > 0) out_.text += ", ";
        if (auto ok = parameter({.id = type}, list.values[i]); !ok) return ok;
    }
    out_.text += ")";
    return {};
}

void sql_text::order_by(const std::vector<order_term>& terms) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
        out_.text += i == 0 ? " ORDER BY " : ", ";
        field(terms[i].of);
        if (terms[i].descending) out_.text += " DESC";
        if (terms[i].nulls_first) {
            out_.text += *terms[i].nulls_first ? " NULLS FIRST" : " NULLS LAST";
        }
    }
}

void sql_text::order_columns(const std::vector<order_term>& terms) {
    for (const auto& term : terms) {
        out_.text += ", ";
        field(term.of);
    }
}

void sql_text::limit(const row_range& range) {
    if (range.limit) {
        out_.text += " LIMIT ";
        typed_parameter(t::int8, *range.limit);
    }
    if (range.offset > 0) {
        out_.text += " OFFSET ";
        typed_parameter(t::int8, range.offset);
    }
}

}  // namespace historyd::rest
