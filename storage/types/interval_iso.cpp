#include <charconv>
#include <cmath>

#include "storage/types/input_text.hpp"
#include "storage/types/interval_parts.hpp"

namespace historyd::types {

namespace {

struct iso_number {
    std::int64_t whole = 0;
    double fraction = 0;
    std::size_t digits = 0;  // when it was digits only: how many
};

class iso_reader {
public:
    iso_reader(std::string_view text, interval_parts& out) : rest_(text), out_(out) {}

    field_error read() {
        rest_.remove_prefix(1);  // P
        bool in_date = true, has_field = false;
        while (!rest_.empty()) {
            if (rest_.front() == 'T') {
                rest_.remove_prefix(1);
                in_date = has_field = false;
                continue;
            }
            iso_number n;
            if (const auto error = take(n); error != field_error::none) return error;
            const char unit = rest_.empty() ? '\0' : rest_.front();
            if (const auto designated = unit_of(unit, in_date)) {
                rest_.remove_prefix(1);
                if (!out_.add(*designated, n.whole, n.fraction)) return field_error::interval;
                has_field = true;
                continue;
            }
            if (has_field) return field_error::bad_format;
            const auto error = in_date ? alternative_date(n, unit) : alternative_time(n, unit);
            if (error != field_error::none) return error;
            if (!rest_.empty() && rest_.front() != 'T') return field_error::bad_format;
        }
        return field_error::none;
    }

private:
    static std::optional<time_unit> unit_of(char c, bool in_date) {
        switch (c) {
            case 'Y':
                if (in_date) return time_unit::year;
                break;
            case 'M':
                return in_date ? time_unit::month : time_unit::minute;
            case 'W':
                if (in_date) return time_unit::week;
                break;
            case 'D':
                if (in_date) return time_unit::day;
                break;
            case 'H':
                if (!in_date) return time_unit::hour;
                break;
            case 'S':
                if (!in_date) return time_unit::second;
                break;
            default:
                break;
        }
        return std::nullopt;
    }

    field_error take(iso_number& n) {
        std::size_t length = 0;
        const bool negative = rest_.starts_with('-');
        if (negative) ++length;
        const std::size_t start = length;
        while (length < rest_.size() && is_digit(rest_[length])) ++length;
        n.digits = length - start;
        if (length < rest_.size() && rest_[length] == '.') {
            ++length;
            while (length < rest_.size() && is_digit(rest_[length])) ++length;
        }
        double v = 0;
        const char* const end = rest_.data() + length;
        const auto [at, error] = std::from_chars(rest_.data() + start, end, v);
        if (error != std::errc() || at != end) return field_error::bad_format;
        if (v >= 0x1p63) return field_error::interval;
        if (negative) v = -v;
        n.whole = static_cast<std::int64_t>(v);
        n.fraction = v - std::trunc(v);
        rest_.remove_prefix(length);
        return field_error::none;
    }

    bool add(time_unit unit, std::int64_t v) { return out_.add(unit, v, 0); }

    // YYYYMMDD, or YYYY[-MM[-DD]].
    field_error alternative_date(iso_number n, char next) {
        if (n.digits == 8 && (next == 'T' || next == '\0')) {
            const bool ok = add(time_unit::year, n.whole / 10'000) &&
                            add(time_unit::month, n.whole / 100 % 100) &&
                            add(time_unit::day, n.whole % 100);
            return ok ? field_error::none : field_error::interval;
        }
        return separated(n, '-', {time_unit::year, time_unit::month, time_unit::day});
    }

    // HHMMSS, or HH[:MM[:SS]].
    field_error alternative_time(iso_number n, char next) {
        if (n.digits == 6 && next == '\0') {
            const bool ok = add(time_unit::hour, n.whole / 10'000) &&
                            add(time_unit::minute, n.whole / 100 % 100) &&
                            out_.add(time_unit::second, n.whole % 100, n.fraction);
            return ok ? field_error::none : field_error::interval;
        }
        return separated(n, ':', {time_unit::hour, time_unit::minute, time_unit::second});
    }

    field_error separated(iso_number n, char separator, const time_unit (&units)[3]) {
        for (const time_unit unit : units) {
            if (!out_.add(unit, n.whole, n.fraction)) return field_error::interval;
            if (!rest_.starts_with(separator) || unit == units[2]) return field_error::none;
            rest_.remove_prefix(1);
            if (const auto error = take(n); error != field_error::none) return error;
        }
        return field_error::none;
    }

    std::string_view rest_;
    interval_parts& out_;
};

}  // namespace

field_error read_iso_interval(std::string_view text, interval_parts& out) {
    if (text.size() < 2 || text.front() != 'P') return field_error::bad_format;
    return iso_reader(text, out).read();
}

}  // namespace historyd::types
