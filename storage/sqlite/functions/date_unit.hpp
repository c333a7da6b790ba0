#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::sqlite {

// What date_trunc(), extract() and date_part() take as a unit.
enum class date_unit : std::uint8_t {
    microsecond,
    millisecond,
    second,
    minute,
    hour,
    day,
    week,
    month,
    quarter,
    year,
    decade,
    century,
    millennium,
    // extract() only:
    epoch,
    julian,
    day_of_week,
    iso_day_of_week,
    day_of_year,
    iso_year,
    zone,
    zone_hour,
    zone_minute
};

// By PostgreSQL's names and abbreviations, in any case.
std::optional<date_unit> find_date_unit(std::string_view name);

// 22023 unit "x" not recognized for type ..., and 0A000 unit "x" not supported for type ...
sql_error unit_not_recognized(std::string_view unit, std::string_view type);
sql_error unit_not_supported(std::string_view unit, std::string_view type);

}  // namespace historyd::sqlite
