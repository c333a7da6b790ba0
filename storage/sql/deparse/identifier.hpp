#pragma once

#include <string>
#include <string_view>

namespace historyd::sql {

// A name as PostgreSQL prints it: quoted when it would not read back as the same name.
std::string quote_identifier(std::string_view name);

}  // namespace historyd::sql
