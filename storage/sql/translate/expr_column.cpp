#include <algorithm>
#include <array>

#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

range_entry& scope::add_entry() {
    entries.push_back(std::make_unique<range_entry>());
    entries.back()->home = this;
    return *entries.back();
}

namespace {

constexpr std::array<std::string_view, 6> system_columns = {"ctid", "xmin", "xmax",
                                                            "cmin", "cmax", "tableoid"};

bool has_system_columns(const range_entry& entry) {
    return entry.relation != nullptr && entry.relation->kind == schema::relation_kind::table;
}

std::optional<std::size_t> find_column(const range_entry& entry, std::string_view name,
                                       bool& twice) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < entry.columns.size(); ++i) {
        if (entry.columns[i].name != name) continue;
        if (found) twice = true;
        found = i;
    }
    return found;
}

// Of the system columns only tableoid has a value here.
bool is_tableoid(const range_entry& entry, std::string_view name) {
    return entry.tableoid && name == entry.tableoid->name;
}

struct found_column {
    const range_entry* entry = nullptr;
    std::size_t index = 0;
    bool ambiguous = false;

    void add(const range_entry& from, std::size_t at, bool twice) {
        if (entry != nullptr || twice) ambiguous = true;
        entry = &from;
        index = at;
    }
};

// The innermost level that knows the name decides.
found_column find_unqualified(const scope& s, std::string_view name) {
    for (const auto* level = &s; level != nullptr; level = level->outer) {
        found_column found;
        for (const auto& item : level->visible) {
            if (!item.by_column) continue;
            bool twice = false;
            if (const auto index = find_column(*item.entry, name, twice)) {
                found.add(*item.entry, *index, twice);
            } else if (item.by_system_column && is_tableoid(*item.entry, name)) {
                found.add(*item.entry, item.entry->columns.size(), false);
            }
        }
        if (found.entry != nullptr) return found;
    }
    return {};
}

struct found_entry {
    const range_entry* entry = nullptr;
    bool ambiguous = false;
};

found_entry find_entry(const scope& s, std::string_view schema_name, std::string_view alias) {
    for (const auto* level = &s; level != nullptr; level = level->outer) {
        found_entry found;
        for (const auto& item : level->visible) {
            if (!item.by_name || item.entry->alias != alias) continue;
            if (!schema_name.empty() && item.entry->schema_name != schema_name) continue;
            if (found.entry != nullptr) found.ambiguous = true;
            found.entry = item.entry;
        }
        if (found.entry != nullptr) return found;
    }
    return {};
}

std::string dotted(node_list fields) {
    std::string out;
    for (const auto* field : fields) {
        if (!out.empty()) out += '.';
        out += field->node_case == PG_QUERY__NODE__NODE_A_STAR ? "*" : string_of(field);
    }
    return out;
}

}  // namespace

expr translator::column_of(const range_entry& entry, std::size_t index, int location) {
    const auto& column = entry.column_at(index);
    expr e;
    e.sql = column.sql;
    e.type = column.type;
    e.location = location;
    e.table = column.table;
    e.attnum = column.attnum;
    e.not_null = column.not_null;
    e.columns.push_back({&entry, index, location});
    return e;
}

expr translator::whole_row(const range_entry& entry, int location) {
    expr row;
    row.is_row = true;
    row.type = {.id = types::type_oid::record};
    row.location = location;
    for (std::size_t i = 0; i < entry.columns.size(); ++i) {
        row.fields.push_back(column_of(entry, i, location));
        row.field_names.push_back(entry.columns[i].name);
        absorb(row, row.fields.back());
    }
    return row;
}

result<const range_entry*> translator::find_range(const scope& s, std::string_view schema_name,
                                                  std::string_view alias, int location) const {
    if (const auto* space = schema().find_namespace(schema_name)) schema_name = space->name;
    const auto found = find_entry(s, schema_name, alias);
    if (found.ambiguous) {
        return at(sql_error("42P09", "table reference \"" + std::string(alias) + "\" is ambiguous"),
                  location);
    }
    if (found.entry != nullptr) return found.entry;
    const std::string quoted = "\"" + std::string(alias) + "\"";
    for (const auto* level = &s; level != nullptr; level = level->outer) {
        for (const auto& entry : level->entries) {
            if (entry->relation == nullptr || entry->relation->name != alias) continue;
            return at(sql_error(sqlstate::undefined_table,
                                "invalid reference to FROM-clause entry for table " + quoted)
                          .with_hint("Perhaps you meant to reference the table alias \"" +
                                     entry->alias + "\"."),
                      location);
        }
    }
    return at(sql_error(sqlstate::undefined_table, "missing FROM-clause entry for table " + quoted),
              location);
}

result<expr> translator::column_node(const PgQuery__ColumnRef& node, scope& s) {
    const auto fields = list_of(node.n_fields, node.fields);
    if (fields.back()->node_case == PG_QUERY__NODE__NODE_A_STAR) {
        if (fields.size() > 1) {
            auto entry =
                find_range(s, fields.size() > 2 ? string_of(fields[fields.size() - 3]) : "",
                           string_of(fields[fields.size() - 2]), node.location);
            if (!entry) return entry.error();
            return whole_row(**entry, node.location);
        }
        return at(
            sql_error(sqlstate::syntax_error, "row expansion via \"*\" is not supported here"),
            node.location);
    }
    const auto name = string_of(fields.back());
    if (fields.size() == 1) return unqualified_column(name, s, node.location);
    if (fields.size() > 4) {
        return at(sql_error(sqlstate::syntax_error,
                            "improper qualified name (too many dotted names): " + dotted(fields)),
                  node.location);
    }
    if (fields.size() == 4 && string_of(fields[0]) != input_.database) {
        return at(unsupported("cross-database references are not implemented: " + dotted(fields)),
                  node.location);
    }
    const auto alias = string_of(fields[fields.size() - 2]);
    const auto schema_name = fields.size() > 2 ? string_of(fields[fields.size() - 3]) : "";
    auto entry = find_range(s, schema_name, alias, node.location);
    if (!entry) return entry.error();
    bool twice = false;
    const auto index = find_column(**entry, name, twice);
    if (twice) {
        return at(sql_error(sqlstate::ambiguous_column,
                            "column reference \"" + std::string(name) + "\" is ambiguous"),
                  node.location);
    }
    if (index) return column_of(**entry, *index, node.location);
    if (is_tableoid(**entry, name)) {
        return column_of(**entry, (*entry)->columns.size(), node.location);
    }
    if (has_system_columns(**entry) && std::ranges::count(system_columns, name) > 0) {
        return unsupported_at("system columns", node.location);
    }
    return at(sql_error(sqlstate::undefined_column, "column " + std::string(alias) + "." +
                                                        std::string(name) + " does not exist"),
              node.location);
}

bool translator::names_column(const scope& s, std::string_view name) {
    return find_unqualified(s, name).entry != nullptr;
}

result<expr> translator::unqualified_column(std::string_view name, scope& s, int location) {
    const auto found = find_unqualified(s, name);
    if (found.ambiguous) {
        return at(sql_error(sqlstate::ambiguous_column,
                            "column reference \"" + std::string(name) + "\" is ambiguous"),
                  location);
    }
    if (found.entry != nullptr) return column_of(*found.entry, found.index, location);
    if (const auto whole = find_entry(s, "", name); whole.entry != nullptr) {
        if (whole.entry->is_value) return column_of(*whole.entry, 0, location);
        return whole_row(*whole.entry, location);
    }
    if (std::ranges::count(system_columns, name) > 0) {
        for (const auto& item : s.visible) {
            if (item.by_system_column && has_system_columns(*item.entry)) {
                return unsupported_at("system columns", location);
            }
        }
    }
    return at(sql_error(sqlstate::undefined_column,
                        "column \"" + std::string(name) + "\" does not exist"),
              location);
}

}  // namespace historyd::sql
