// The table of settings: settings.tsv, one line a setting, compiled in. Names, units, limits and
// defaults are PostgreSQL 15's; a default differs where historyd's own answer does.

#include <algorithm>
#include <array>

#include "storage/settings/settings.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::settings {

extern const std::string_view settings_tsv;

namespace {

constexpr std::size_t field_count = 11;

std::array<std::string_view, field_count> split_fields(std::string_view line) {
    std::array<std::string_view, field_count> fields;
    for (auto& field : fields) {
        const auto tab = line.find('\t');
        field = line.substr(0, tab);
        line = tab == std::string_view::npos ? std::string_view() : line.substr(tab + 1);
    }
    return fields;
}

kind kind_of(std::string_view word) {
    if (word == "boolean") return kind::boolean;
    if (word == "integer") return kind::integer;
    if (word == "real") return kind::real;
    if (word == "enumeration") return kind::enumeration;
    return kind::string;
}

context context_of(std::string_view word) {
    if (word == "internal") return context::internal;
    if (word == "postmaster") return context::postmaster;
    if (word == "sighup") return context::sighup;
    if (word == "backend") return context::backend;
    if (word == "superuser") return context::superuser;
    return context::user;
}

std::vector<definition> parse_table(std::string_view text) {
    std::vector<definition> table;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        const auto [name, value, type, where, unit, min, max, values, flags, category,
                    description] = split_fields(line);
        table.push_back({.name = name,
                         .default_value = value,
                         .kind = kind_of(type),
                         .context = context_of(where),
                         .unit = unit,
                         .category = category,
                         .description = description,
                         .enum_values = values,
                         .min = min,
                         .max = max,
                         .report = flags.find("report") != std::string_view::npos,
                         .hidden = flags.find("hidden") != std::string_view::npos});
    }
    return table;
}

bool less_folded(std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, {}, types::to_lower, types::to_lower);
}

}  // namespace

std::span<const definition> all() {
    static const std::vector<definition> table = [] {
        auto parsed = parse_table(settings_tsv);
        std::ranges::sort(parsed, less_folded, &definition::name);
        return parsed;
    }();
    return table;
}

const definition* find(std::string_view name) {
    const auto table = all();
    const auto at = std::ranges::lower_bound(table, name, less_folded, &definition::name);
    return at != table.end() && !less_folded(name, at->name) ? &*at : nullptr;
}

}  // namespace historyd::settings
