#pragma once

#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/types/timezone.hpp"

namespace historyd::settings {

// Reads what SET TimeZone takes: an offset in hours east ("5", "-3.5"), INTERVAL '...', or a zone
// by name. The zone's name is what SHOW TimeZone prints. Returns: 22023 for what is none of these.
result<types::named_zone> find_time_zone(std::string_view text);

}  // namespace historyd::settings
