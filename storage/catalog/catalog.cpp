#include "storage/catalog/catalog.hpp"

namespace historyd::catalog {

result<void> register_catalog(sqlite::database&) { return {}; }

std::span<const std::shared_ptr<const schema::relation>> catalog_relations() { return {}; }

}  // namespace historyd::catalog
