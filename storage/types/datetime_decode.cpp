#include "storage/types/datetime_decode.hpp"

#include <algorithm>

#include "storage/types/input_text.hpp"

namespace historyd::types {

field_error datetime_decoder::decode(std::string_view text) {
    tokens_.reserve(8);
    if (!split_datetime(text, tokens_) || tokens_.empty()) return field_error::bad_format;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        if (const auto error = decode_token(i); error != field_error::none) return error;
    }
    return finish();
}

field_error datetime_decoder::mark(unsigned fields) {
    if ((seen_ & fields) != 0) return field_error::bad_format;
    seen_ |= fields;
    return field_error::none;
}

field_error datetime_decoder::decode_token(std::size_t i) {
    const std::string& text = tokens_[i].text;
    switch (tokens_[i].kind) {
        case token_kind::date:
            return on_date(text, i);
        case token_kind::time:
            return on_time(text);
        case token_kind::number:
            return on_number(text, i);
        case token_kind::zone:
            if (const auto error = read_zone_offset(text, east_seconds_);
                error != field_error::none) {
                return error;
            }
            return mark(zone_field);
        default:
            return on_word(text, i);
    }
}

field_error datetime_decoder::on_date(const std::string& text, std::size_t i) {
    if (expected_ == expected::julian_day) return on_julian(text);
    const unsigned day_and_month = month_field | day_field;
    const bool run_together_time = expected_ == expected::time;
    bool is_date = !run_together_time && (seen_ & day_and_month) != day_and_month;
    if (mode_ == mode::time_only) {
        // A date before or behind the time is read and, but for a zone's sake, not needed.
        const bool near_time =
            i == 0 && tokens_.size() >= 2 &&
            (tokens_.back().kind == token_kind::date || tokens_[1].kind == token_kind::time);
        is_date = is_date && near_time;
    }
    if (is_date) return read_date(text);
    if (is_digit(text.front()) || run_together_time) {
        if (!run_together_time && mode_ == mode::date_and_time && (seen_ & clock_field) != 0) {
            return field_error::bad_format;
        }
        return read_time_with_zone(text);
    }
    return use_zone_name(text, true);
}

field_error datetime_decoder::on_time(const std::string& text) {
    if (expected_ == expected::julian_day) return field_error::bad_format;
    expected_ = expected::anything;
    clock_fields clock;
    if (const auto error = read_clock(text, false, clock); error != field_error::none) return error;
    if (clock.hour > 24) return field_error::out_of_range;
    fields_.hour = static_cast<int>(clock.hour);
    fields_.minute = clock.minute;
    fields_.second = clock.second;
    fields_.microsecond = clock.microsecond;
    return mark(clock_field);
}

field_error datetime_decoder::on_number(const std::string& text, std::size_t i) {
    if (expected_ == expected::julian_day) return on_julian(text);
    const auto point = text.find('.');
    unsigned given = 0;
    field_error error = field_error::none;
    // A time alone is read as if its date were known already.
    const unsigned known = mode_ == mode::time_only ? seen_ | date_fields : seen_;
    if (expected_ == expected::time) {
        expected_ = expected::anything;
        error = read_run_together(text, seen_ | date_fields, given);
        if (error == field_error::none && (given & clock_field) == 0)
            return field_error::bad_format;
    } else if (point != std::string::npos) {
        const bool date_may_come =
            mode_ == mode::date_and_time
                ? (seen_ & date_fields) == 0
                : i == 0 && tokens_.size() >= 2 && tokens_.back().kind == token_kind::date;
        if (date_may_come) return read_date(text);
        if (point <= 2) {
            if (mode_ == mode::time_only) return field_error::bad_format;
            error = read_number(text, known, text_month_, given);
        } else {
            error = read_run_together(text, known, given);
        }
    } else if (mode_ == mode::time_only
                   ? text.size() > 4
                   : text.size() >= 6 && (!has_date() || (seen_ & clock_field) == 0)) {
        error = read_run_together(text, known, given);
    } else {
        error = read_number(text, known, text_month_, given);
    }
    if (error != field_error::none) return error;
    return mark(given);
}

field_error datetime_decoder::on_julian(std::string_view text) {
    expected_ = expected::anything;
    std::string_view s = text;
    const std::int64_t julian_day = take_number(s);
    if (julian_day < 0) return field_error::out_of_range;
    constexpr std::int64_t julian_day_of_1970 = 2'440'588;
    set_day(julian_day - julian_day_of_1970);
    julian_ = true;
    if (s.starts_with('.')) {
        const std::int64_t us = take_fraction_us(s) * (us_per_day / us_per_second);
        const civil_time clock = civil_from_us(us);
        fields_.hour = clock.hour;
        fields_.minute = clock.minute;
        fields_.second = clock.second;
        fields_.microsecond = clock.microsecond;
        if (const auto error = mark(clock_field); error != field_error::none) return error;
    }
    if (!s.empty()) return field_error::bad_format;
    return mark(date_fields);
}

field_error datetime_decoder::on_word(const std::string& text, std::size_t i) {
    if (expected_ != expected::anything) return field_error::bad_format;
    if (const auto zone = find_zone_abbreviation(text)) {
        east_seconds_ = zone->east_seconds;
        return mark(zone_field);
    }
    if (const auto word = find_date_word(text)) return on_date_word(*word, i);
    return use_zone_name(text, false);
}

field_error datetime_decoder::on_date_word(date_word w, std::size_t i) {
    switch (w.kind) {
        case date_word_kind::ignored:
            return field_error::none;
        case date_word_kind::weekday:
            return mark(weekday_field);
        case date_word_kind::month:
            // A number taken for the month was the day, now that the month has a name.
            if ((seen_ & month_field) != 0 && !text_month_ && (seen_ & day_field) == 0 &&
                fields_.month >= 1 && fields_.month <= 31) {
                fields_.day = fields_.month;
                seen_ = (seen_ & ~static_cast<unsigned>(month_field)) | day_field;
            }
            text_month_ = true;
            fields_.month = w.value;
            return mark(month_field);
        case date_word_kind::meridiem:
            meridiem_ = w.value;
            return mark(meridiem_field);
        case date_word_kind::era:
            before_christ_ = w.value == 1;
            return mark(era_field);
        case date_word_kind::dst:
            east_seconds_ += 3600;
            return mark(dst_field);
        case date_word_kind::julian:
            expected_ = expected::julian_day;
            return field_error::none;
        case date_word_kind::iso_time: {
            // Must stand between a date (unless a time is all there is) and a time.
            const bool follows_date = mode_ == mode::time_only || has_date();
            const bool time_follows =
                i + 1 < tokens_.size() && (tokens_[i + 1].kind == token_kind::number ||
                                           tokens_[i + 1].kind == token_kind::time ||
                                           tokens_[i + 1].kind == token_kind::date);
            if (!follows_date || !time_follows) return field_error::bad_format;
            expected_ = expected::time;
            return field_error::none;
        }
        default:
            return set_moment_of_day(w.kind);
    }
}

field_error datetime_decoder::set_moment_of_day(date_word_kind which) {
    const std::int64_t local_now = to_local(settings_.now_us, settings_.time_zone);
    const std::int64_t today = floor_div(local_now, us_per_day);
    switch (which) {
        case date_word_kind::now: {
            const civil_time now = civil_from_us(local_now);
            fields_ = now;
            if (mode_ == mode::time_only) return mark(clock_field);
            east_seconds_ = east_seconds_at(settings_.now_us, settings_.time_zone);
            return mark(date_fields | clock_field | zone_field);
        }
        case date_word_kind::allballs:
            return mark(clock_field | zone_field);
        default:
            break;
    }
    if (mode_ == mode::time_only) return field_error::bad_format;
    switch (which) {
        case date_word_kind::today:
            set_day(today);
            return mark(date_fields);
        case date_word_kind::tomorrow:
            set_day(today + 1);
            return mark(date_fields);
        case date_word_kind::yesterday:
            set_day(today - 1);
            return mark(date_fields);
        case date_word_kind::epoch:
            moment_ = named_moment::epoch;
            break;
        case date_word_kind::infinity:
            moment_ = named_moment::infinity;
            break;
        default:
            moment_ = named_moment::minus_infinity;
            break;
    }
    return mark(reserved_field);
}

field_error datetime_decoder::read_time_with_zone(std::string_view text) {
    // "040506.789-08": a time run together, and its offset.
    expected_ = expected::anything;
    if ((seen_ & clock_field) != 0) return field_error::bad_format;
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return field_error::bad_format;
    if (const auto error = read_zone_offset(text.substr(dash), east_seconds_);
        error != field_error::none) {
        return error;
    }
    unsigned given = 0;
    const unsigned known = mode_ == mode::time_only ? seen_ | date_fields : seen_;
    if (const auto error = read_run_together(text.substr(0, dash), known, given);
        error != field_error::none) {
        return error;
    }
    return mark(given | zone_field);
}

field_error datetime_decoder::use_zone_name(std::string_view text, bool must_be_known) {
    const auto zone = find_time_zone(text);
    if (!zone) {
        if (must_be_known) unknown_zone_ = text;
        return field_error::bad_format;
    }
    named_zone_ = zone->zone;
    return mark(zone_field);
}

void datetime_decoder::set_day(std::int64_t day) {
    const civil_time date = civil_from_day(day);
    fields_.year = date.year;
    fields_.month = date.month;
    fields_.day = date.day;
}

std::optional<std::int32_t> datetime_decoder::east_seconds() const {
    if (!has_zone() && (seen_ & dst_field) == 0) return std::nullopt;
    if (!named_zone_) return east_seconds_;
    if (!has_date()) {
        // Only a zone that never changes its offset needs no date.
        const auto winter = east_seconds_at(0, *named_zone_);
        absl::TimeZone::CivilTransition transition;
        if (named_zone_->NextTransition(absl::InfinitePast(), &transition)) return std::nullopt;
        return winter;
    }
    const std::int64_t local = us_from_civil(fields_);
    return static_cast<std::int32_t>((local - to_utc(local, *named_zone_)) / us_per_second);
}

field_error datetime_decoder::finish() {
    if (expected_ != expected::anything) return field_error::bad_format;
    if (moment_ != named_moment::none) return field_error::none;
    if (const auto error = check_date(); error != field_error::none) return error;
    if (meridiem_) {
        if (fields_.hour > 12) return field_error::out_of_range;
        if (*meridiem_ == 0 && fields_.hour == 12) fields_.hour = 0;
        if (*meridiem_ == 1 && fields_.hour != 12) fields_.hour += 12;
    }
    const std::int64_t clock_us = fields_.hour * us_per_hour + fields_.minute * us_per_minute +
                                  fields_.second * us_per_second + fields_.microsecond;
    if (clock_us > us_per_day) return field_error::out_of_range;
    if (mode_ == mode::time_only) {
        if ((seen_ & clock_field) == 0) return field_error::bad_format;
        if (has_zone() && !east_seconds()) return field_error::bad_format;
        return field_error::none;
    }
    return has_date() ? field_error::none : field_error::bad_format;
}

field_error datetime_decoder::check_date() {
    if ((seen_ & year_field) != 0 && !julian_) {
        if (before_christ_) {
            if (fields_.year <= 0) return field_error::out_of_range;
            fields_.year = 1 - fields_.year;
        } else if (two_digit_year_) {
            fields_.year += fields_.year < 70 ? 2000 : 1900;
        } else if (fields_.year <= 0) {
            return field_error::out_of_range;
        }
    }
    if ((seen_ & day_of_year_field) != 0) {
        set_day(days_from_civil(fields_.year, 1, 1) + day_of_year_ - 1);
    }
    if ((seen_ & month_field) != 0 && (fields_.month < 1 || fields_.month > 12)) {
        return field_error::month_or_day;
    }
    if ((seen_ & day_field) != 0 && (fields_.day < 1 || fields_.day > 31)) {
        return field_error::month_or_day;
    }
    if (has_date() && fields_.day > days_in_month(fields_.year, fields_.month)) {
        return field_error::out_of_range;
    }
    return field_error::none;
}

}  // namespace historyd::types
