#include "storage/types/datetime_parse.hpp"

#include "storage/types/datetime_decode.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/timezone.hpp"

namespace historyd::types {

namespace {

sql_error timestamp_out_of_range(std::string_view text) {
    return {sqlstate::datetime_field_overflow,
            "timestamp out of range: \"" + std::string(text) + "\""};
}

sql_error decode_error(const datetime_decoder& decoder, field_error error, std::string_view text,
                       std::string_view type_name) {
    if (!decoder.unknown_zone().empty()) {
        return {sqlstate::invalid_parameter_value,
                "time zone \"" + decoder.unknown_zone() + "\" not recognized"};
    }
    return datetime_error(error, text, type_name);
}

// The form nearly every client sends, without tokens: YYYY-MM-DD[ T]HH:MM:SS[.f][Z|+HH[:MM[:SS]]].
struct iso_timestamp {
    std::int64_t local_us;
    std::optional<std::int32_t> east_seconds;
};
std::optional<iso_timestamp> read_iso(std::string_view text) {
    constexpr std::size_t seconds_end = 19;
    if (text.size() < seconds_end || (text[10] != ' ' && text[10] != 'T')) return std::nullopt;
    char padded[] = "0000-00-00 00:00:00.000000";
    text.copy(padded, seconds_end);
    padded[10] = ' ';
    std::string_view rest = text.substr(seconds_end);
    if (rest.starts_with('.')) {
        std::size_t n = 1;
        while (n < rest.size() && is_digit(rest[n])) ++n;
        if (n > 7) return std::nullopt;  // needs rounding
        rest.copy(padded + seconds_end, n);
        rest.remove_prefix(n);
    }
    const auto local = timestamp_from_storage(padded);
    if (!local) return std::nullopt;
    if (rest.empty()) return iso_timestamp{*local, std::nullopt};
    if (rest == "Z") return iso_timestamp{*local, 0};
    std::int32_t east_seconds = 0;
    if (read_zone_offset(rest, east_seconds) != field_error::none) return std::nullopt;
    return iso_timestamp{*local, east_seconds};
}

result<std::int64_t> rounded_in_range(std::int64_t us, int precision, std::string_view text) {
    us = round_us(us, precision);
    if (!in_range_us(us)) return timestamp_out_of_range(text);
    return us;
}

std::int64_t moment_us(named_moment m) {
    switch (m) {
        case named_moment::infinity:
            return infinite_future_us;
        case named_moment::minus_infinity:
            return infinite_past_us;
        default:
            return 0;  // epoch
    }
}

std::int64_t clock_us(const civil_time& t) {
    return t.hour * us_per_hour + t.minute * us_per_minute + t.second * us_per_second +
           t.microsecond;
}

// Guards the arithmetic of us_from_civil: years far outside are out of range whatever the rest
// says.
bool year_is_near(const civil_time& t) { return t.year > -10'000 && t.year < 20'000; }

}  // namespace

std::int64_t round_us(std::int64_t us, int precision) {
    if (precision < 0 || precision >= 6 || is_infinite_us(us)) return us;
    std::int64_t unit = 1;
    for (int i = precision; i < 6; ++i) unit *= 10;
    const std::int64_t half = unit / 2;
    return us >= 0 ? (us + half) / unit * unit : -((-us + half) / unit * unit);
}

result<std::int64_t> parse_timestamp(std::string_view text, const io_settings& settings,
                                     int precision) {
    if (const auto iso = read_iso(text)) return rounded_in_range(iso->local_us, precision, text);
    datetime_decoder decoder(datetime_decoder::mode::date_and_time, settings);
    if (const auto error = decoder.decode(text); error != field_error::none) {
        return decode_error(decoder, error, text, "timestamp");
    }
    if (decoder.moment() != named_moment::none) return moment_us(decoder.moment());
    if (!year_is_near(decoder.fields())) return timestamp_out_of_range(text);
    return rounded_in_range(us_from_civil(decoder.fields()), precision, text);
}

result<std::int64_t> parse_timestamptz(std::string_view text, const io_settings& settings,
                                       int precision) {
    if (const auto iso = read_iso(text)) {
        const std::int64_t us = iso->east_seconds
                                    ? iso->local_us - *iso->east_seconds * us_per_second
                                    : to_utc(iso->local_us, settings.time_zone);
        return rounded_in_range(us, precision, text);
    }
    datetime_decoder decoder(datetime_decoder::mode::date_and_time, settings);
    if (const auto error = decoder.decode(text); error != field_error::none) {
        return decode_error(decoder, error, text, "timestamp with time zone");
    }
    if (decoder.moment() != named_moment::none) return moment_us(decoder.moment());
    if (!year_is_near(decoder.fields())) return timestamp_out_of_range(text);
    const std::int64_t local = us_from_civil(decoder.fields());
    const auto east_seconds = decoder.east_seconds();
    const std::int64_t us =
        east_seconds ? local - *east_seconds * us_per_second : to_utc(local, settings.time_zone);
    return rounded_in_range(us, precision, text);
}

result<std::int32_t> parse_date(std::string_view text, const io_settings& settings) {
    if (text.size() == 10) {
        if (const auto day = date_from_storage(text)) return *day;
    }
    datetime_decoder decoder(datetime_decoder::mode::date_and_time, settings);
    if (const auto error = decoder.decode(text); error != field_error::none) {
        return decode_error(decoder, error, text, "date");
    }
    switch (decoder.moment()) {
        case named_moment::epoch:
            return 0;
        case named_moment::infinity:
            return infinite_future_day;
        case named_moment::minus_infinity:
            return infinite_past_day;
        default:
            break;
    }
    const civil_time& t = decoder.fields();
    const std::int64_t day = year_is_near(t) ? days_from_civil(t.year, t.month, t.day) : end_day;
    if (!in_range_day(day)) {
        return sql_error(sqlstate::datetime_field_overflow,
                         "date out of range: \"" + std::string(text) + "\"");
    }
    return static_cast<std::int32_t>(day);
}

result<std::int64_t> parse_time(std::string_view text, const io_settings& settings, int precision) {
    datetime_decoder decoder(datetime_decoder::mode::time_only, settings);
    if (const auto error = decoder.decode(text); error != field_error::none) {
        return decode_error(decoder, error, text, "time");
    }
    return round_us(clock_us(decoder.fields()), precision);
}

result<zoned_time> parse_timetz(std::string_view text, const io_settings& settings, int precision) {
    datetime_decoder decoder(datetime_decoder::mode::time_only, settings);
    if (const auto error = decoder.decode(text); error != field_error::none) {
        return decode_error(decoder, error, text, "time with time zone");
    }
    const std::int64_t us = clock_us(decoder.fields());
    std::int32_t east = 0;
    if (const auto given = decoder.east_seconds()) {
        east = *given;
    } else {
        // The session's zone: on the date given, else today.
        civil_time local = civil_in_zone(settings.now_us, settings.time_zone);
        if (decoder.has_date()) local = decoder.fields();
        const std::int64_t local_us =
            days_from_civil(local.year, local.month, local.day) * us_per_day + us;
        east = static_cast<std::int32_t>((local_us - to_utc(local_us, settings.time_zone)) /
                                         us_per_second);
    }
    return zoned_time{round_us(us, precision), east};
}

}  // namespace historyd::types
