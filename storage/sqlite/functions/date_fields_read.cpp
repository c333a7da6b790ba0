#include "storage/sqlite/functions/date_fields_read.hpp"

#include <algorithm>
#include <cctype>
#include <span>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/date_names.hpp"
#include "storage/sqlite/functions/letter_case.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::sqlite {
namespace {

using field = date_picture::field;

// Punctuation: neither a letter nor a digit.
bool is_separator(char c) {
    return c > 0x20 && c < 0x7F && std::isalnum(static_cast<unsigned char>(c)) == 0;
}

sql_error bad_format(std::string message, std::string detail) {
    return sql_error(sqlstate::invalid_datetime_format, std::move(message))
        .with_detail(std::move(detail));
}

bool is_text_field(field f) {
    switch (f) {
        case field::none:
        case field::meridiem:
        case field::meridiem_dotted:
        case field::era:
        case field::era_dotted:
        case field::month_name:
        case field::month_short:
        case field::day_name:
        case field::day_short:
        case field::roman_month:
        case field::zone_name:
            return true;
        default:
            return false;
    }
}

class reader {
public:
    reader(std::string_view text, const date_picture& picture) : rest_(text), picture_(picture) {}

    result<date_fields_read> run() {
        const auto& items = picture_.items;
        for (at_ = 0; at_ < items.size() && !rest_.empty(); ++at_) {
            const auto& item = items[at_];
            // Without FX, blanks before a field mean nothing.
            if (!picture_.fixed_width && (item.field != field::none || at_ == 0)) {
                while (!rest_.empty() && types::is_blank(rest_.front())) {
                    rest_.remove_prefix(1);
                    ++extra_;
                }
                if (rest_.empty()) break;
            }
            if (item.field == field::none) {
                skip_literal(item);
                continue;
            }
            if (auto ok = read(item); !ok) return ok.error();
            extra_ = 0;
        }
        return out_;
    }

private:
    void skip_character() {
        if (!rest_.empty()) rest_.remove_prefix(character_bytes(rest_, 0));
    }

    void skip_literal(const date_picture::item& item) {
        const char first = item.text.empty() ? ' ' : item.text.front();
        if (!item.quoted && (types::is_blank(first) || is_separator(first))) {
            if (picture_.fixed_width) return skip_character();
            --extra_;
            if (types::is_blank(rest_.front()) || is_separator(rest_.front())) {
                rest_.remove_prefix(1);
                ++extra_;
            }
            return;
        }
        for (std::size_t i = 0; i < item.text.size(); i += character_bytes(item.text, i)) {
            if (!picture_.fixed_width && extra_ > 0) {
                --extra_;
            } else {
                skip_character();
            }
        }
    }

    // A number with a fixed width ends there; one before a separator takes all its digits.
    bool takes_all_digits() const {
        const auto& item = picture_.items[at_];
        if (item.fill_mode || item.ordinal || at_ + 1 == picture_.items.size()) return true;
        const auto& next = picture_.items[at_ + 1];
        return next.field == field::none ? next.text.empty() || !types::is_digit(next.text.front())
                                         : is_text_field(next.field);
    }

    result<int> integer(const date_picture::item& item, std::size_t width) {
        std::size_t length = 0;
        const bool all = takes_all_digits();
        while (length < rest_.size() && types::is_blank(rest_[length])) ++length;
        const auto start = length;
        if (length < rest_.size() && (rest_[length] == '-' || rest_[length] == '+')) ++length;
        const auto limit = all ? rest_.size() : std::min(rest_.size(), width);
        const auto digits = length;
        while (length < limit && types::is_digit(rest_[length])) ++length;
        if (!all && rest_.size() < width && length == digits) {
            return sql_error(
                       bad_format(
                           "source string too short for \"" + item.name + "\" formatting field",
                           "Field requires " + std::to_string(width) + " characters, but only " +
                               std::to_string(rest_.size()) + " remain."))
                .with_hint(
                    "If your source string is not fixed-width, try using the \"FM\" "
                    "modifier.");
        }
        if (length == digits) {
            const auto shown = rest_.substr(0, all ? first_word() : width);
            return bad_format(
                "invalid value \"" + std::string(shown) + "\" for \"" + item.name + "\"",
                "Value must be an integer.");
        }
        std::int64_t n = 0;
        for (auto i = digits; i < length; ++i) {
            n = std::min<std::int64_t>(n * 10 + (rest_[i] - '0'), std::int64_t{INT32_MAX} + 1);
        }
        if (rest_[start] == '-') n = -n;
        if (n > INT32_MAX) {
            return sql_error(sqlstate::datetime_field_overflow,
                             "value for \"" + item.name + "\" in source string is out of range")
                .with_detail("Value must be in the range -2147483648 to 2147483647.");
        }
        digits_read_ = length - digits;
        rest_.remove_prefix(length);
        return static_cast<int>(n);
    }

    std::size_t first_word() const {
        std::size_t n = 0;
        while (n < rest_.size() && !types::is_blank(rest_[n])) ++n;
        return n;
    }

    template <class T>
    result<void> set(std::optional<T>& to, T v, const date_picture::item& item) {
        if (to && *to != v) {
            return bad_format(
                "conflicting values for \"" + item.name + "\" field in formatting string",
                "This value contradicts a previous setting for the same field type.");
        }
        to = v;
        return {};
    }

    result<void> number(std::optional<int>& to, const date_picture::item& item, std::size_t width) {
        const auto n = integer(item, width);
        if (!n) return n.error();
        skip_ordinal(item);
        return set(to, *n, item);
    }

    void skip_ordinal(const date_picture::item& item) {
        if (item.ordinal) rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
    }

    // Which of `names` the text starts with, in any case. Longer names come first when several fit.
    result<int> one_of(std::span<const std::string_view> names, std::size_t size,
                       const date_picture::item& item) {
        int found = -1;
        std::size_t found_size = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto name = names[i].substr(0, size);
            if (name.size() > found_size &&
                lower_text(rest_.substr(0, name.size())) == lower_text(name)) {
                found = static_cast<int>(i);
                found_size = name.size();
            }
        }
        if (found < 0) {
            return bad_format("invalid value \"" + std::string(rest_.substr(0, first_word())) +
                                  "\" for \"" + item.name + "\"",
                              "The given value did not match any of the allowed values for this "
                              "field.");
        }
        rest_.remove_prefix(found_size);
        return found;
    }

    result<void> named(std::optional<int>& to, std::span<const std::string_view> names,
                       std::size_t size, int first, const date_picture::item& item) {
        const auto found = one_of(names, size, item);
        if (!found) return found.error();
        return set(to, *found + first, item);
    }

    result<void> flag(std::optional<bool>& to, std::span<const std::string_view> names,
                      const date_picture::item& item) {
        const auto found = one_of(names, std::string_view::npos, item);
        if (!found) return found.error();
        return set(to, *found % 2 == 1, item);
    }

    // A fraction: its digits count from the point on.
    result<void> fraction(const date_picture::item& item, std::size_t width) {
        const auto n = integer(item, width);
        if (!n) return n.error();
        std::int64_t us = *n;
        for (auto digits = digits_read_; digits < 6; ++digits) us *= 10;
        for (auto digits = digits_read_; digits > 6; --digits) us /= 10;
        return set(out_.microsecond, static_cast<int>(us), item);
    }

    result<void> year(std::optional<int>& to, const date_picture::item& item, std::size_t width) {
        const auto n = integer(item, width);
        if (!n) return n.error();
        auto full = *n;
        if (width < 4 && digits_read_ < 4) full = with_century(full);
        if (width < 4) out_.year_digits = static_cast<int>(width);
        skip_ordinal(item);
        return set(to, full, item);
    }

    // Short years are those nearest to 2020.
    static int with_century(int year) {
        if (year < 70) return year + 2000;
        if (year < 100) return year + 1900;
        if (year < 520) return year + 2000;
        if (year < 1000) return year + 1000;
        return year;
    }

    result<void> year_with_comma(const date_picture::item& item) {
        const auto comma = rest_.find(',');
        if (comma == std::string_view::npos) {
            return sql_error(sqlstate::invalid_datetime_format,
                             "invalid input string for \"Y,YYY\"");
        }
        std::string joined(rest_.substr(0, comma));
        joined += rest_.substr(comma + 1, 3);
        int n = 0;
        for (const char c : joined) {
            if (!types::is_digit(c) || n > 1'000'000) {
                return sql_error(sqlstate::invalid_datetime_format,
                                 "invalid input string for \"Y,YYY\"");
            }
            n = n * 10 + (c - '0');
        }
        rest_.remove_prefix(std::min(rest_.size(), comma + 4));
        return set(out_.year, n, item);
    }

    result<void> zone_hours(const date_picture::item& item) {
        int sign = 1;
        if (rest_.front() == '+' || rest_.front() == '-' || rest_.front() == ' ') {
            sign = rest_.front() == '-' ? -1 : 1;
            rest_.remove_prefix(1);
        }
        out_.zone_sign = sign;
        return number(out_.zone_hours, item, 2);
    }

    result<void> read(const date_picture::item& item) {
        static constexpr std::string_view meridiems[] = {"am", "pm"};
        static constexpr std::string_view dotted_meridiems[] = {"a.m.", "p.m."};
        static constexpr std::string_view eras[] = {"ad", "bc"};
        static constexpr std::string_view dotted_eras[] = {"a.d.", "b.c."};
        constexpr auto whole = std::string_view::npos;
        std::optional<int> ignored;
        switch (item.field) {
            case field::meridiem:
                out_.twelve_hour_clock = true;
                return flag(out_.afternoon, meridiems, item);
            case field::meridiem_dotted:
                out_.twelve_hour_clock = true;
                return flag(out_.afternoon, dotted_meridiems, item);
            case field::era:
                return flag(out_.before_christ, eras, item);
            case field::era_dotted:
                return flag(out_.before_christ, dotted_eras, item);
            case field::month_name:
                return named(out_.month, month_names, whole, 1, item);
            case field::month_short:
                return named(out_.month, month_names, short_name_size, 1, item);
            case field::day_name:
                return named(out_.day_of_week, day_names, whole, 1, item);
            case field::day_short:
                return named(out_.day_of_week, day_names, short_name_size, 1, item);
            case field::roman_month:
                return named(out_.month, roman_months, whole, 1, item);
            case field::hour_12:
                out_.twelve_hour_clock = true;
                return number(out_.hour, item, 2);
            case field::hour_24:
                return number(out_.hour, item, 2);
            case field::minute:
                return number(out_.minute, item, 2);
            case field::second:
                return number(out_.second, item, 2);
            case field::second_of_day:
                return number(out_.second_of_day, item, 5);
            case field::millisecond:
                return fraction(item, 3);
            case field::microsecond:
                return fraction(item, 6);
            case field::fraction:
                return fraction(item, static_cast<std::size_t>(item.digits));
            case field::year_comma:
                return year_with_comma(item);
            case field::year_4:
                return year(out_.year, item, 4);
            case field::year_3:
                return year(out_.year, item, 3);
            case field::year_2:
                return year(out_.year, item, 2);
            case field::year_1:
                return year(out_.year, item, 1);
            case field::iso_year_4:
                return year(out_.iso_year, item, 4);
            case field::iso_year_3:
                return year(out_.iso_year, item, 3);
            case field::iso_year_2:
                return year(out_.iso_year, item, 2);
            case field::iso_year_1:
                return year(out_.iso_year, item, 1);
            case field::month:
                return number(out_.month, item, 2);
            case field::day:
                return number(out_.day, item, 2);
            case field::day_of_year:
                return number(out_.day_of_year, item, 3);
            case field::iso_day_of_year:
                return number(out_.iso_day_of_year, item, 3);
            case field::day_of_week:
                return number(out_.day_of_week, item, 1);
            case field::iso_day_of_week:
                return number(out_.iso_day_of_week, item, 1);
            case field::week_of_month:
                return number(out_.week_of_month, item, 1);
            case field::week_of_year:
                return number(out_.week_of_year, item, 2);
            case field::iso_week:
                return number(out_.iso_week, item, 2);
            case field::century:
                return number(out_.century, item, 2);
            case field::julian_day:
                return number(out_.julian_day, item, 9);
            // A quarter alone says no month.
            case field::quarter:
                return number(ignored, item, 1);
            case field::zone_hours:
                return zone_hours(item);
            case field::zone_minutes:
                return number(out_.zone_minutes, item, 2);
            case field::zone_name:
            case field::zone_offset:
                return unsupported("formatting field \"" + upper_text(item.name) +
                                   "\" is only supported in to_char");
            case field::none:
                return {};
        }
        return {};
    }

    std::string_view rest_;
    const date_picture& picture_;
    std::size_t at_ = 0;
    int extra_ = 0;  // blanks and separators skipped before a field, which literals may stand for
    std::size_t digits_read_ = 0;
    date_fields_read out_;
};

}  // namespace

result<date_fields_read> read_date_fields(std::string_view text, const date_picture& picture) {
    return reader(text, picture).run();
}

}  // namespace historyd::sqlite
