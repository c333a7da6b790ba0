#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace historyd::sqlite {

// A to_char()/to_timestamp() template for dates and times (PostgreSQL documentation, "Data Type
// Formatting Functions", date/time patterns).
struct date_picture {
    enum class field : std::uint8_t {
        none,  // literal text
        hour_12,
        hour_24,
        minute,
        second,
        millisecond,
        microsecond,
        fraction,
        second_of_day,
        meridiem,
        meridiem_dotted,
        year_comma,
        year_4,
        year_3,
        year_2,
        year_1,
        iso_year_4,
        iso_year_3,
        iso_year_2,
        iso_year_1,
        era,
        era_dotted,
        month_name,
        month_short,
        month,
        day_name,
        day_short,
        day_of_year,
        iso_day_of_year,
        day,
        day_of_week,
        iso_day_of_week,
        week_of_month,
        week_of_year,
        iso_week,
        century,
        julian_day,
        quarter,
        roman_month,
        zone_name,
        zone_hours,
        zone_minutes,
        zone_offset
    };
    enum class spelling : std::uint8_t { upper, lower, capitalised };

    struct item {
        date_picture::field field = field::none;
        date_picture::spelling spelling = spelling::upper;
        int digits = 0;                               // FF1 to FF6
        bool fill_mode = false;                       // FM before this item
        bool ordinal = false, ordinal_lower = false;  // TH, th
        std::string name{};                           // as the picture spells it
        std::string text{};                           // literal
        bool quoted = false;                          // a literal in double quotes
    };

    std::vector<item> items;
    bool fixed_width = false;  // FX

    static date_picture parse(std::string_view text);
};

}  // namespace historyd::sqlite
