#pragma once

#include <cstdint>
#include <optional>

#include "storage/sqlite/functions/date_unit.hpp"
#include "storage/types/datetime_storage.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/numeric.hpp"

namespace historyd::sqlite {

// One field of a date or time, as extract() (numeric) or date_part() (float8) gives it.
class date_field {
public:
    static date_field whole(std::int64_t n) { return date_field(kind::scaled, n, 0); }
    // n / 10^scale
    static date_field scaled(types::numeric::integer n, int scale) {
        return date_field(kind::scaled, std::move(n), scale);
    }
    static date_field julian(std::int64_t day, std::int64_t us_of_day) {
        date_field f(kind::julian, day, 0);
        f.us_of_day_ = us_of_day;
        return f;
    }
    static date_field infinite(bool negative) {
        return date_field(kind::infinite, negative ? -1 : 1, 0);
    }
    // Fields that go round (month, hour) of an infinite time.
    static date_field unknown() { return date_field(kind::unknown, 0, 0); }

    result<value> as_numeric() const;
    value as_float8() const;

private:
    enum class kind : std::uint8_t { scaled, julian, infinite, unknown };
    date_field(kind k, types::numeric::integer n, int scale)
        : kind_(k), number_(std::move(n)), scale_(scale) {}

    kind kind_;
    types::numeric::integer number_;
    int scale_;
    std::int64_t us_of_day_ = 0;
};

// Fields of each type. `name` is the unit as the client wrote it, for errors.
// Timestamps: local microseconds; east_seconds is set for a timestamptz, whose instant is local
// minus the offset.
result<date_field> timestamp_field(std::string_view name, std::int64_t local_us,
                                   std::optional<std::int32_t> east_seconds);
result<date_field> date_field_of(std::string_view name, std::int32_t day);
result<date_field> time_field(std::string_view name, std::int64_t us,
                              std::optional<std::int32_t> east_seconds);
result<date_field> interval_field(std::string_view name, types::interval v);

}  // namespace historyd::sqlite
