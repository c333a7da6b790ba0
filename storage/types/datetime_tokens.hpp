#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

// The first step of PostgreSQL's date/time and interval input ("Date/Time Input Interpretation",
// steps 1 and 2): a string is broken into fields by the shape of its characters.

namespace historyd::types {

enum class token_kind : std::uint8_t {
    number,   // digits, perhaps with one decimal point
    word,     // letters
    date,     // digits or a word continued by - / . : 2024-01-02, jan-2-2024, europe/paris
    time,     // 04:05:06.7
    zone,     // a sign and digits: +02, -05:30; in an interval a signed number
    special,  // a sign and letters: -infinity
};

struct token {
    token_kind kind;
    std::string text;  // lower case
};

inline constexpr std::size_t datetime_tokens_max = 25;

// Returns: false when a character fits nowhere or there are too many fields or characters.
bool split_datetime(std::string_view text, std::vector<token>& tokens);

// Reads a run of digits, at most `digits_max` of them, from the front of `s`.
// Returns: -1 when there is none, or too many.
std::int64_t take_number(std::string_view& s, std::size_t digits_max = 9);

// Reads ".digits" (the point included) from the front of `s`, rounded to microseconds: 0 to
// 1000000.
int take_fraction_us(std::string_view& s);

// "H:MM", "H:MM:SS", "H:MM:SS.f" and "MM:SS.f". The hour may be larger than a day has.
struct clock_fields {
    std::int64_t hour = 0;
    int minute = 0, second = 0, microsecond = 0;
};
enum class field_error : std::uint8_t {
    none,
    bad_format,
    out_of_range,
    month_or_day,
    zone,
    interval
};
// `minutes_first` reads "M:SS" (an interval's MINUTE TO SECOND).
field_error read_clock(std::string_view text, bool minutes_first, clock_fields& out);

// "+02", "-05:30", "+0530", "+05:30:15": east is positive.
field_error read_zone_offset(std::string_view text, std::int32_t& east_seconds);

// The error PostgreSQL raises for a field_error.
sql_error datetime_error(field_error error, std::string_view text, std::string_view type_name);

}  // namespace historyd::types
