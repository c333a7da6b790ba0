#include "storage/catalog/catalog.hpp"

#include "storage/catalog/facts.hpp"
#include "storage/catalog/functions/register.hpp"
#include "storage/catalog/virtual_table.hpp"

namespace historyd::catalog {

result<void> register_catalog(sqlite::database& db) {
    if (auto tables = register_virtual_tables(db); !tables) return tables;
    return register_catalog_functions(db);
}

std::span<const std::shared_ptr<const schema::relation>> catalog_relations() {
    static const auto relations = [] {
        std::vector<std::shared_ptr<const schema::relation>> list;
        for (const auto& fact : relation_facts()) list.push_back(fact.relation);
        return list;
    }();
    return relations;
}

}  // namespace historyd::catalog
