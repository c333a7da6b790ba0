// The half of datetime_decoder that decides what a bare number stands for.

#include <algorithm>
#include <charconv>

#include "storage/types/datetime_decode.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::types {

void datetime_decoder::put_number(unsigned field, std::int64_t v, std::size_t digits,
                                  unsigned& given) {
    given = field;
    const auto bounded = static_cast<int>(std::min<std::int64_t>(v, INT32_MAX));
    switch (field) {
        case year_field:
            fields_.year = v;
            two_digit_year_ = digits <= 2;
            break;
        case month_field:
            fields_.month = bounded;
            break;
        default:
            fields_.day = bounded;
            break;
    }
}

// 2024-01-02, 1/2/2024, 2-jan-2024, 2024.001: numbers and perhaps a month's name.
field_error datetime_decoder::read_date(std::string_view text) {
    constexpr std::size_t parts_max = 3;
    std::string_view parts[parts_max];
    std::size_t count = 0;
    for (std::string_view s = text; !s.empty();) {
        if (!is_alnum(s.front())) {
            s.remove_prefix(1);
            if (s.empty()) return field_error::bad_format;  // a separator must separate
            continue;
        }
        if (count == parts_max) return field_error::bad_format;
        const auto same_class = is_digit(s.front()) ? is_digit : is_alpha;
        std::size_t n = 1;
        while (n < s.size() && same_class(s[n])) ++n;
        parts[count++] = s.substr(0, n);
        s.remove_prefix(n);
    }

    unsigned known = seen_;
    bool has_text_month = false;
    for (std::string_view& part : parts) {
        if (part.empty() || !is_alpha(part.front())) continue;
        const auto word = find_date_word(part);
        part = {};
        if (word && word->kind == date_word_kind::ignored) continue;
        if (!word || word->kind != date_word_kind::month || (known & month_field) != 0) {
            return field_error::bad_format;
        }
        fields_.month = word->value;
        known |= month_field;
        has_text_month = true;
    }
    for (const std::string_view part : parts) {
        if (part.empty()) continue;
        unsigned given = 0;
        if (const auto error = read_number(part, known, has_text_month, given);
            error != field_error::none) {
            return error;
        }
        if ((known & given) != 0) return field_error::bad_format;
        known |= given;
    }
    const unsigned ignored = day_of_year_field | zone_field;
    if ((known & ~ignored) != date_fields) return field_error::bad_format;
    return mark(known & ~seen_);
}

field_error datetime_decoder::read_number(std::string_view text, unsigned known, bool text_month,
                                          unsigned& given) {
    std::int64_t v = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, v);
    if (error == std::errc::result_out_of_range || v > INT32_MAX) return field_error::out_of_range;
    if (error != std::errc()) return field_error::bad_format;
    if (at != end) {
        if (*at != '.') return field_error::bad_format;
        if (at - text.data() > 2) return read_run_together(text, known | date_fields, given);
        std::string_view fraction(at, static_cast<std::size_t>(end - at));
        fields_.microsecond = take_fraction_us(fraction);
        if (!fraction.empty()) return field_error::bad_format;
    }
    const std::size_t digits = text.size();
    const unsigned date_known = known & date_fields;
    if (digits == 3 && date_known == year_field && v >= 1 && v <= 366) {
        day_of_year_ = static_cast<int>(v);
        given = day_of_year_field | month_field | day_field;
        return field_error::none;
    }
    const bool year_first = digits >= 3 || settings_.order == date_order::ymd;
    switch (date_known) {
        case 0:
            if (year_first) {
                put_number(year_field, v, digits, given);
            } else {
                put_number(settings_.order == date_order::dmy ? day_field : month_field, v, digits,
                           given);
            }
            break;
        case year_field:
            put_number(month_field, v, digits, given);
            break;
        case month_field:
            put_number(text_month && year_first ? year_field : day_field, v, digits, given);
            break;
        case year_field | month_field:
            if (text_month && digits >= 3 && two_digit_year_) {
                // What was taken for the year was the day: 02-jan-2024 in the order YMD.
                fields_.day = static_cast<int>(fields_.year);
                fields_.year = v;
                two_digit_year_ = false;
                given = day_field;
            } else {
                put_number(day_field, v, digits, given);
            }
            break;
        case day_field:
            put_number(month_field, v, digits, given);
            break;
        case month_field | day_field:
            put_number(year_field, v, digits, given);
            break;
        case date_fields:
            return read_run_together(text, known, given);
        default:
            return field_error::bad_format;
    }
    return field_error::none;
}

// yyyymmdd, yymmdd, hhmmss, hhmm and hhmmss.fff.
field_error datetime_decoder::read_run_together(std::string_view text, unsigned known,
                                                unsigned& given) {
    std::string_view s = text;
    const auto point = s.find('.');
    int fraction_us = 0;
    const bool has_point = point != std::string_view::npos;
    if (has_point) {
        std::string_view fraction = s.substr(point);
        fraction_us = take_fraction_us(fraction);
        if (!fraction.empty()) return field_error::bad_format;
        s = s.substr(0, point);
    }
    if (!std::all_of(s.begin(), s.end(), is_digit)) return field_error::bad_format;
    const auto number = [s](std::size_t from, std::size_t count) {
        std::string_view part = s.substr(from, count);
        return take_number(part);
    };
    if (!has_point && (known & date_fields) != date_fields && s.size() >= 6) {
        const std::int64_t year = number(0, s.size() - 4);
        if (year < 0) return field_error::out_of_range;
        fields_.year = year;
        fields_.month = static_cast<int>(number(s.size() - 4, 2));
        fields_.day = static_cast<int>(number(s.size() - 2, 2));
        two_digit_year_ = s.size() == 6;
        given = date_fields;
        return field_error::none;
    }
    if ((known & clock_field) != 0 || (s.size() != 6 && s.size() != 4)) {
        return field_error::bad_format;
    }
    fields_.hour = static_cast<int>(number(0, 2));
    fields_.minute = static_cast<int>(number(2, 2));
    fields_.second = s.size() == 6 ? static_cast<int>(number(4, 2)) : 0;
    fields_.microsecond = fraction_us;
    given = clock_field;
    if (fields_.minute > 59 || fields_.second > 60 || fields_.hour > 24) {
        return field_error::out_of_range;
    }
    return field_error::none;
}

}  // namespace historyd::types
