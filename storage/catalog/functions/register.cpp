#include "storage/catalog/functions/register.hpp"

#include "storage/catalog/functions/families.hpp"
#include "storage/types/array_text.hpp"

namespace historyd::catalog {

namespace {

result<sqlite::row_source_ptr> no_rows(const function_call&) { return sqlite::known_rows({}); }

// pg_options_to_table(text[]): each "name=value" apart; without a sign the value is NULL.
result<sqlite::row_source_ptr> options(const function_call& c) {
    const auto array = types::parse_array(c.text(0));
    if (!array) return array.error();
    std::vector<std::vector<value>> rows;
    for (const auto& element : array->elements) {
        if (!element) continue;
        const auto sign = element->find('=');
        auto& row = rows.emplace_back();
        row.emplace_back(element->substr(0, sign));
        row.push_back(sign == std::string::npos ? value() : value(element->substr(sign + 1)));
    }
    return sqlite::known_rows(std::move(rows));
}

// Of what historyd has none of there are no rows: partitions.
std::span<const sqlite::table_function> row_functions() {
    static const std::vector<sqlite::table_function> functions{
        {.name = "pg_partition_ancestors",
         .arguments = 1,
         .columns = {"relid"},
         .strict = true,
         .open = no_rows},
        {.name = "pg_options_to_table",
         .arguments = 1,
         .columns = {"option_name", "option_value"},
         .strict = true,
         .open = options},
    };
    return functions;
}

}  // namespace

result<void> register_catalog_functions(sqlite::database& db) {
    for (const auto family :
         {definition_functions(), name_functions(), privilege_functions(), size_functions()}) {
        if (auto added = sqlite::add_functions(db, family); !added) return added;
    }
    return sqlite::add_functions(db, row_functions());
}

}  // namespace historyd::catalog
