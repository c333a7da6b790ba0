#include "storage/catalog/functions/register.hpp"
namespace historyd::catalog {
result<void> register_catalog_functions(sqlite::database&) { return {}; }
}
