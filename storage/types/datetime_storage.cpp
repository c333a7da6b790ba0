#include "storage/types/datetime_storage.hpp"

#include "storage/types/input_text.hpp"

namespace historyd::types {

namespace {

constexpr std::string_view future_text = "infinity", past_text = "-infinity";
constexpr std::size_t date_length = 10, time_length = 15, timestamp_length = 26;

// Digits at fixed places: `bad` collects whatever is not one, so that a layout is checked once.
struct digit_reader {
    std::string_view text;
    bool bad = false;

    int number(std::size_t at, std::size_t count) {
        int v = 0;
        for (std::size_t i = at; i < at + count; ++i) {
            bad = bad || !is_digit(text[i]);
            v = v * 10 + (text[i] - '0');
        }
        return v;
    }
    void expect(std::size_t at, char c) { bad = bad || text[at] != c; }
};

// Requires: text has date_length characters from `at`.
std::optional<std::int32_t> read_date(std::string_view text) {
    digit_reader r{text};
    const int year = r.number(0, 4), month = r.number(5, 2), day = r.number(8, 2);
    r.expect(4, '-');
    r.expect(7, '-');
    if (r.bad || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month)) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(days_from_civil(year, month, day));
}

std::optional<std::int64_t> read_time(std::string_view text) {
    digit_reader r{text};
    const int hour = r.number(0, 2), minute = r.number(3, 2), second = r.number(6, 2);
    const int fraction = r.number(9, 6);
    r.expect(2, ':');
    r.expect(5, ':');
    r.expect(8, '.');
    if (r.bad || minute > 59 || second > 59) return std::nullopt;
    const std::int64_t us =
        hour * us_per_hour + minute * us_per_minute + second * us_per_second + fraction;
    if (us > us_per_day) return std::nullopt;
    return us;
}

// Requires: text is timestamp_length long.
std::optional<std::int64_t> read_timestamp(std::string_view text) {
    if (text[date_length] != ' ') return std::nullopt;
    const auto day = read_date(text.substr(0, date_length));
    const auto time = read_time(text.substr(date_length + 1));
    if (!day || !time || *time == us_per_day) return std::nullopt;
    return *day * us_per_day + *time;
}

std::optional<std::int64_t> read_infinity(std::string_view text) {
    if (text == future_text) return infinite_future_us;
    if (text == past_text) return infinite_past_us;
    return std::nullopt;
}

void write_number(std::int64_t v, std::size_t width, char* at) {
    for (std::size_t i = width; i-- > 0; v /= 10) at[i] = static_cast<char>('0' + v % 10);
}

void write_date(const civil_time& t, char* at) {
    write_number(t.year, 4, at);
    at[4] = '-';
    write_number(t.month, 2, at + 5);
    at[7] = '-';
    write_number(t.day, 2, at + 8);
}

void write_time(std::int64_t us, char* at) {
    write_number(us / us_per_hour, 2, at);
    at[2] = ':';
    write_number(us / us_per_minute % 60, 2, at + 3);
    at[5] = ':';
    write_number(us / us_per_second % 60, 2, at + 6);
    at[8] = '.';
    write_number(us % us_per_second, 6, at + 9);
}

void write_timestamp(std::int64_t us, char* at) {
    const std::int64_t day = floor_div(us, us_per_day);
    write_date(civil_from_day(day), at);
    at[date_length] = ' ';
    write_time(us - day * us_per_day, at + date_length + 1);
}

}  // namespace

std::optional<std::int64_t> timestamp_from_storage(std::string_view text) {
    if (text.size() == timestamp_length) return read_timestamp(text);
    return read_infinity(text);
}

std::optional<std::int64_t> timestamptz_from_storage(std::string_view text) {
    if (text.size() == timestamp_length + 6 && text.substr(timestamp_length) == "+00:00") {
        return read_timestamp(text.substr(0, timestamp_length));
    }
    return read_infinity(text);
}

std::optional<std::int32_t> date_from_storage(std::string_view text) {
    if (text.size() == date_length) return read_date(text);
    if (text == future_text) return infinite_future_day;
    if (text == past_text) return infinite_past_day;
    return std::nullopt;
}

std::optional<std::int64_t> time_from_storage(std::string_view text) {
    if (text.size() != time_length) return std::nullopt;
    return read_time(text);
}

std::optional<zoned_time> timetz_from_storage(std::string_view text) {
    // HH:MM:SS.ffffff+HH:MM, and :SS where the offset has seconds.
    constexpr std::size_t short_length = time_length + 6, long_length = time_length + 9;
    if (text.size() != short_length && text.size() != long_length) return std::nullopt;
    const auto time = read_time(text.substr(0, time_length));
    if (!time) return std::nullopt;
    const char sign = text[time_length];
    if (sign != '+' && sign != '-') return std::nullopt;
    digit_reader r{text.substr(time_length + 1)};
    int seconds = r.number(0, 2) * 3600 + r.number(3, 2) * 60;
    r.expect(2, ':');
    if (text.size() == long_length) {
        r.expect(5, ':');
        seconds += r.number(6, 2);
    }
    if (r.bad) return std::nullopt;
    return zoned_time{*time, sign == '-' ? -seconds : seconds};
}

std::string timestamp_to_storage(std::int64_t us) {
    if (us == infinite_future_us) return std::string(future_text);
    if (us == infinite_past_us) return std::string(past_text);
    std::string text(timestamp_length, '\0');
    write_timestamp(us, text.data());
    return text;
}

std::string timestamptz_to_storage(std::int64_t us) {
    if (us == infinite_future_us) return std::string(future_text);
    if (us == infinite_past_us) return std::string(past_text);
    std::string text(timestamp_length + 6, '\0');
    write_timestamp(us, text.data());
    text.replace(timestamp_length, 6, "+00:00");
    return text;
}

std::string date_to_storage(std::int32_t day) {
    if (day == infinite_future_day) return std::string(future_text);
    if (day == infinite_past_day) return std::string(past_text);
    std::string text(date_length, '\0');
    write_date(civil_from_day(day), text.data());
    return text;
}

std::string time_to_storage(std::int64_t us) {
    std::string text(time_length, '\0');
    write_time(us, text.data());
    return text;
}

std::string timetz_to_storage(zoned_time t) {
    const int seconds = t.east_seconds < 0 ? -t.east_seconds : t.east_seconds;
    std::string text(time_length + (seconds % 60 == 0 ? 6 : 9), '\0');
    char* const zone = text.data() + time_length;
    write_time(t.us, text.data());
    zone[0] = t.east_seconds < 0 ? '-' : '+';
    write_number(seconds / 3600, 2, zone + 1);
    zone[3] = ':';
    write_number(seconds / 60 % 60, 2, zone + 4);
    if (seconds % 60 != 0) {
        zone[6] = ':';
        write_number(seconds % 60, 2, zone + 7);
    }
    return text;
}

}  // namespace historyd::types
