#include "storage/catalog/functions/register.hpp"

#include "storage/catalog/functions/families.hpp"

namespace historyd::catalog {

namespace {

// Nothing is partitioned, nobody listens: set-returning functions of what historyd has none of.
std::span<const sqlite::table_function> empty_functions() {
    static const std::vector<sqlite::table_function> functions{
        {.name = "pg_no_rows",
         .arguments = 1,
         .columns = {"value"},
         .strict = true,
         .open = [](const function_call&) -> result<sqlite::row_source_ptr> {
             return sqlite::known_rows({});
         }},
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
