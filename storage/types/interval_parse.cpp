#include <algorithm>
#include <charconv>
#include <vector>

#include "storage/types/input_text.hpp"
#include "storage/types/interval.hpp"
#include "storage/types/interval_parts.hpp"
#include "storage/types/interval_typmod.hpp"

namespace historyd::types {

namespace {

// The unit of a last number that names none: the last field of the type, seconds for INTERVAL
// alone.
time_unit implied_unit(int fields) {
    if (fields == interval_all_fields || (fields & interval_second) != 0) return time_unit::second;
    if ((fields & interval_minute) != 0) return time_unit::minute;
    if ((fields & interval_hour) != 0) return time_unit::hour;
    if ((fields & interval_day) != 0) return time_unit::day;
    return (fields & interval_month) != 0 ? time_unit::month : time_unit::year;
}

// Reads the fields from the last to the first, as a number's unit stands behind it.
class interval_reader {
public:
    interval_reader(int fields, interval_parts& out) : fields_(fields), out_(out) {}

    field_error read(const std::vector<token>& tokens, interval_style style) {
        // The SQL standard: a sign in front and no other goes for everything.
        const auto is_signed = [](const token& t) {
            return t.text.front() == '-' || t.text.front() == '+';
        };
        all_negative_ = style == interval_style::sql_standard && !tokens.empty() &&
                        tokens.front().text.front() == '-' &&
                        std::none_of(tokens.begin() + 1, tokens.end(), is_signed);
        for (auto t = tokens.rbegin(); t != tokens.rend(); ++t) {
            if (const auto error = read_token(*t); error != field_error::none) return error;
        }
        if (seen_ == 0) return field_error::bad_format;
        if (ago_ && !out_.negate()) return field_error::interval;
        return field_error::none;
    }

private:
    static unsigned bit(time_unit unit) { return 1u << static_cast<unsigned>(unit); }
    static unsigned clock_bits() {
        return bit(time_unit::hour) | bit(time_unit::minute) | bit(time_unit::second);
    }
    field_error mark(unsigned bits) {
        if ((seen_ & bits) != 0) return field_error::bad_format;
        seen_ |= bits;
        return field_error::none;
    }

    field_error read_token(const token& t) {
        switch (t.kind) {
            case token_kind::time:
                return read_time(t.text, all_negative_);
            case token_kind::zone: {
                // A sign in front: of a time, else of a number.
                const bool is_time = t.text.find(':') != std::string::npos;
                if (!is_time) return read_number(t.text);
                return read_time(std::string_view(t.text).substr(1),
                                 t.text.front() == '-' || all_negative_);
            }
            case token_kind::date:
            case token_kind::number:
                return read_number(t.text);
            default:
                return read_unit(t.text);
        }
    }

    field_error read_time(std::string_view text, bool negative) {
        clock_fields clock;
        const bool minutes_first = fields_ == (interval_minute | interval_second);
        if (const auto error = read_clock(text, minutes_first, clock); error != field_error::none) {
            return error;
        }
        if (!out_.add_clock(clock, negative)) return field_error::interval;
        unit_ = time_unit::day;  // a number before a time counts days
        return mark(clock_bits());
    }

    field_error read_unit(std::string_view text) {
        const auto unit = find_interval_unit(text);
        if (!unit || *unit == time_unit::quarter) return field_error::bad_format;
        if (*unit == time_unit::ago) {
            ago_ = true;
            return mark(bit(time_unit::ago));
        }
        unit_ = *unit;
        return field_error::none;
    }

    field_error read_number(std::string_view text) {
        time_unit unit = unit_.value_or(implied_unit(fields_));
        const bool negative = text.front() == '-';
        std::string_view s = text;
        if (negative || s.front() == '+') s.remove_prefix(1);
        std::int64_t v = 0;
        const auto [at, error] = std::from_chars(s.data(), s.data() + s.size(), v);
        if (error == std::errc::result_out_of_range) return field_error::interval;
        if (error == std::errc::invalid_argument && !s.starts_with('.'))
            return field_error::bad_format;
        s.remove_prefix(static_cast<std::size_t>(at - s.data()));

        double fraction = 0;
        if (s.starts_with('-')) {
            // years-months
            s.remove_prefix(1);
            const std::int64_t months = take_number(s);
            if (months < 0 || !s.empty()) return field_error::bad_format;
            if (months >= 12) return field_error::interval;
            if (__builtin_mul_overflow(v, 12, &v) || __builtin_add_overflow(v, months, &v)) {
                return field_error::interval;
            }
            unit = time_unit::month;
        } else if (s.starts_with('.')) {
            if (s.size() > 1) {
                const auto end = s.data() + s.size();
                if (std::from_chars(s.data(), end, fraction).ptr != end) {
                    return field_error::bad_format;
                }
            }
        } else if (!s.empty()) {
            return field_error::bad_format;
        }
        if (negative || all_negative_) {
            v = -v;
            fraction = -fraction;
        }
        if (!out_.add(unit, v, fraction)) return field_error::interval;
        if (unit == time_unit::hour) unit_ = time_unit::day;
        return mark(bit(unit));
    }

    const int fields_;
    interval_parts& out_;
    std::optional<time_unit> unit_;
    unsigned seen_ = 0;
    bool ago_ = false, all_negative_ = false;
};

field_error read_interval(std::string_view text, int fields, interval_style style,
                          interval_parts& out) {
    std::vector<token> tokens;
    if (!split_datetime(text, tokens)) return field_error::bad_format;
    return interval_reader(fields, out).read(tokens, style);
}

}  // namespace

result<interval> parse_interval(std::string_view text, interval_style style, std::int32_t typmod) {
    interval_parts parts;
    auto error = read_interval(text, interval_fields(typmod), style, parts);
    if (error == field_error::bad_format) {
        interval_parts iso;
        const auto iso_error = read_iso_interval(text, iso);
        if (iso_error != field_error::bad_format) {
            error = iso_error;
            parts = iso;
        }
    }
    if (error == field_error::out_of_range) error = field_error::interval;
    if (error != field_error::none) return datetime_error(error, text, "interval");
    const auto v = parts.total();
    if (!v) return sql_error(sqlstate::datetime_field_overflow, "interval out of range");
    return apply_interval_typmod(*v, typmod);
}

}  // namespace historyd::types
