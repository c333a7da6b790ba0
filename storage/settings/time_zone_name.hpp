#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::settings {

struct named_time_zone {
    std::string name;  // as SHOW TimeZone prints it
    absl::TimeZone zone;
};

// Reads what SET TimeZone takes: a zone of the tz database in any case, an offset in hours east
// ("5", "-3.5"), INTERVAL '...', or a POSIX zone without daylight saving ("<+03>-03", "GMT+3").
// Returns: 22023 for what is none of these.
result<named_time_zone> find_time_zone(std::string_view text);

}  // namespace historyd::settings
