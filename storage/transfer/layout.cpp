#include "storage/transfer/layout.hpp"

#include <algorithm>
#include <array>

namespace historyd::transfer {

namespace {

bool contains(const std::vector<std::string>& columns, std::string_view name) {
    return std::ranges::find(columns, name) != columns.end();
}

// The column that no other table of mem0's has, in any version.
constexpr std::array<std::string_view, 3> telling_columns{"event", "session_scope", "action"};

std::optional<std::size_t> table_of(std::string_view name,
                                    const std::vector<std::string>& columns) {
    const auto all = tables();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool named = name.empty() || name == all[i].name ||
                           std::ranges::find(all[i].older_names, name) != all[i].older_names.end();
        if (named && contains(columns, telling_columns[i]) &&
            contains(columns, all[i].columns[1].name)) {
            return i;
        }
    }
    return std::nullopt;
}

// Node's tables number their rows.
bool is_row_number(const record& r) {
    const auto& id = r.fields[0];
    return tables()[r.table].name == "memory_history" && id && !id->empty() &&
           std::ranges::all_of(*id, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<layout> layout_of(std::string_view table_name,
                                const std::vector<std::string>& columns) {
    const auto index = table_of(table_name, columns);
    if (!index) return std::nullopt;
    layout out{.table = *index, .sources = {}};
    for (const auto& c : tables()[*index].columns) {
        auto& positions = out.sources.emplace_back();
        const auto add = [&](std::string_view name) {
            const auto at = std::ranges::find(columns, name);
            if (at != columns.end()) {
                positions.push_back(static_cast<std::size_t>(at - columns.begin()));
            }
        };
        add(c.name);
        for (const auto name : c.older_names) add(name);
    }
    return out;
}

void assemble(const layout& l, std::span<const value_view> row, record& out) {
    const auto columns = tables()[l.table].columns;
    out.table = l.table;
    out.defect.clear();
    out.fields.resize(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        value_view v;
        for (const auto at : l.sources[i]) {
            if (is_null(v)) v = row[at];
        }
        out.fields[i] = canonical(columns[i], v, out.defect);
    }
    settle_id(out, is_row_number(out));
}

}  // namespace historyd::transfer
