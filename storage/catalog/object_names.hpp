#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/schema/schema.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::catalog {

// Names behind the reg* types for a session: to be put into its io_settings whenever the schema or
// the search path has changed. Immutable; any thread.
std::shared_ptr<const types::object_names> make_object_names(
    schema::schema_ptr schema, const std::vector<std::string>& search_path, std::string user);

}  // namespace historyd::catalog
