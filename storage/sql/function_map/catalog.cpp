#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {

std::span<const function_entry> catalog_functions() { return {}; }

}  // namespace historyd::sql
