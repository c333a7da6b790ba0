#include "storage/sqlite/functions/datetime_argument.hpp"

#include "storage/types/timezone.hpp"

namespace historyd::sqlite {
namespace {

template <class T>
result<T> stored(const std::optional<T>& v, const function_call& c, int i, const char* type) {
    if (v) return *v;
    return sql_error(sqlstate::data_corrupted, std::string("stored value is not a valid ") + type +
                                                   ": \"" + std::string(c.text(i)) + "\"");
}

sql_error timestamp_out_of_range() {
    return {sqlstate::datetime_field_overflow, "timestamp out of range"};
}

}  // namespace

result<std::int64_t> timestamp_argument(const function_call& c, int i) {
    return stored(types::timestamp_from_storage(c.text(i)), c, i, "timestamp");
}

result<std::int64_t> timestamptz_argument(const function_call& c, int i) {
    return stored(types::timestamptz_from_storage(c.text(i)), c, i, "timestamp with time zone");
}

result<std::int32_t> date_argument(const function_call& c, int i) {
    return stored(types::date_from_storage(c.text(i)), c, i, "date");
}

result<std::int64_t> time_argument(const function_call& c, int i) {
    return stored(types::time_from_storage(c.text(i)), c, i, "time");
}

result<types::zoned_time> timetz_argument(const function_call& c, int i) {
    return stored(types::timetz_from_storage(c.text(i)), c, i, "time with time zone");
}

result<types::interval> interval_argument(const function_call& c, int i) {
    return stored(types::interval_from_storage(c.text(i)), c, i, "interval");
}

result<value> timestamp_value(const result<std::int64_t>& us) {
    if (!us) return us.error();
    if (!types::is_infinite_us(*us) && !types::in_range_us(*us)) return timestamp_out_of_range();
    return value(types::timestamp_to_storage(*us));
}

result<value> timestamptz_value(const result<std::int64_t>& us) {
    if (!us) return us.error();
    if (!types::is_infinite_us(*us) && !types::in_range_us(*us)) return timestamp_out_of_range();
    return value(types::timestamptz_to_storage(*us));
}

result<value> date_value(const result<std::int32_t>& day) {
    if (!day) return day.error();
    if (!types::is_infinite_day(*day) && !types::in_range_day(*day)) {
        return sql_error(sqlstate::datetime_field_overflow, "date out of range");
    }
    return value(types::date_to_storage(*day));
}

result<value> interval_value(const result<types::interval>& v) {
    if (!v) return v.error();
    return value(types::interval_to_storage(*v));
}

result<absl::TimeZone> zone_argument(const function_call& c, int i) {
    if (const auto found = types::find_zone_or_abbreviation(c.text(i))) return found->zone;
    return sql_error(sqlstate::invalid_parameter_value,
                     "time zone \"" + std::string(c.text(i)) + "\" not recognized");
}

result<std::int32_t> offset_argument(const function_call& c, int i) {
    const auto v = interval_argument(c, i);
    if (!v) return v.error();
    if (v->months != 0 || v->days != 0) {
        return sql_error(sqlstate::invalid_parameter_value,
                         "interval time zone \"" + types::interval_to_storage(*v) +
                             "\" must not include months or days");
    }
    return static_cast<std::int32_t>(v->us / types::us_per_second);
}

}  // namespace historyd::sqlite
