#pragma once

#include "storage/sqlite/functions/function_call.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/interval.hpp"

// Date and time arguments as counts, and counts as results. Errors: XX001 for an argument that is
// not in its type's storage form, 22008 for a result historyd does not store.

namespace historyd::sqlite {

result<std::int64_t> timestamp_argument(const function_call& c, int i);
result<std::int64_t> timestamptz_argument(const function_call& c, int i);
result<std::int32_t> date_argument(const function_call& c, int i);
result<std::int64_t> time_argument(const function_call& c, int i);
result<types::zoned_time> timetz_argument(const function_call& c, int i);
result<types::interval> interval_argument(const function_call& c, int i);

result<value> timestamp_value(const result<std::int64_t>& us);
result<value> timestamptz_value(const result<std::int64_t>& us);
result<value> date_value(const result<std::int32_t>& day);
result<value> interval_value(const result<types::interval>& v);

// "America/New_York", "EST", "+03", "UTC+3". Errors: 22023 time zone "x" not recognized.
result<absl::TimeZone> zone_argument(const function_call& c, int i);
// AT TIME ZONE interval: seconds east. Errors: 22023 when it has months or days.
result<std::int32_t> offset_argument(const function_call& c, int i);

}  // namespace historyd::sqlite
