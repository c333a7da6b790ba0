#include "storage/catalog/functions/register.hpp"

#include "storage/catalog/functions/families.hpp"

namespace historyd::catalog {

namespace {

result<sqlite::row_source_ptr> no_rows(const function_call&) { return sqlite::known_rows({}); }

// Set-returning functions of what historyd has none of: partitions, listeners.
std::span<const sqlite::table_function> empty_functions() {
    static const std::vector<sqlite::table_function> functions{
        {.name = "pg_partition_ancestors",
         .arguments = 1,
         .columns = {"relid"},
         .strict = true,
         .open = no_rows},
        {.name = "pg_listening_channels",
         .arguments = 0,
         .columns = {"value"},
         .strict = true,
         .open = no_rows},
    };
    return functions;
}

}  // namespace

result<void> register_catalog_functions(sqlite::database& db) {
    for (const auto family :
         {definition_functions(), name_functions(), privilege_functions(), size_functions()}) {
        if (auto added = sqlite::add_functions(db, family); !added) return added;
    }
    return sqlite::add_functions(db, empty_functions());
}

}  // namespace historyd::catalog
