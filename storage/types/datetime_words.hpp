#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace historyd::types {

// Words of date/time input (PostgreSQL documentation, "Date/Time Key Words"). Look-ups take lower
// case and, as PostgreSQL's do, compare the first ten letters only.
enum class date_word_kind : std::uint8_t {
    month,     // value 1 to 12
    weekday,   // ignored
    ignored,   // "at", "on"
    meridiem,  // value 0 AM, 1 PM
    era,       // value 0 AD, 1 BC
    dst,       // a daylight saving modifier behind a zone
    iso_time,  // t: a time follows
    julian,    // j: a day count follows
    now,
    today,
    tomorrow,
    yesterday,
    epoch,
    infinity,
    minus_infinity,
    allballs
};

struct date_word {
    date_word_kind kind;
    int value;
};
std::optional<date_word> find_date_word(std::string_view word);

// Units of interval input, and of extract() and date_trunc().
enum class time_unit : std::uint8_t {
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
    ago
};
std::optional<time_unit> find_interval_unit(std::string_view word);

}  // namespace historyd::types
