#include "storage/types/datetime_tokens.hpp"

#include <charconv>
#include <cmath>

#include "storage/types/datetime_words.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::types {

namespace {

constexpr std::size_t text_length_max = 128;

bool is_date_separator(char c) { return c == '-' || c == '/' || c == '.'; }
bool is_punctuation(char c) { return c > ' ' && c < 0x7F && !is_alnum(c); }

// One pass over the text; each take_* reads the field that starts at `at_`.
class tokenizer {
public:
    explicit tokenizer(std::string_view text) : text_(text) {}

    bool split(std::vector<token>& tokens) {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (is_blank(c)) {
                ++at_;
                continue;
            }
            current_.text.clear();
            if (is_digit(c)) {
                take_digits_field();
            } else if (c == '.') {
                take();
                take_while([](char d) { return is_digit(d); });
                current_.kind = token_kind::number;
            } else if (is_alpha(c)) {
                take_word_field();
            } else if (c == '+' || c == '-') {
                if (!take_signed_field()) return false;
            } else if (is_punctuation(c)) {
                ++at_;  // other punctuation separates fields and is otherwise ignored
                continue;
            } else {
                return false;
            }
            if (tokens.size() == datetime_tokens_max) return false;
            tokens.push_back(current_);
        }
        return true;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void take() { current_.text += to_lower(text_[at_++]); }
    template <class Predicate>
    void take_while(Predicate matches) {
        while (at_ < text_.size() && matches(text_[at_])) take();
    }

    void take_digits_field() {
        take_while(is_digit);
        const char next = peek();
        if (next == ':') {
            current_.kind = token_kind::time;
            take();
            take_while([](char c) { return is_digit(c) || c == ':' || c == '.'; });
        } else if (is_date_separator(next)) {
            take_date_after_digits(next);
        } else {
            current_.kind = token_kind::number;
        }
    }

    void take_date_after_digits(char separator) {
        take();
        if (is_digit(peek())) {
            // With one point this may still be a decimal number.
            current_.kind = separator == '.' ? token_kind::number : token_kind::date;
            take_while(is_digit);
            if (peek() == separator) {
                current_.kind = token_kind::date;
                take_while([separator](char c) { return is_digit(c) || c == separator; });
            }
        } else {
            current_.kind = token_kind::date;
            take_while([separator](char c) { return is_alnum(c) || c == separator; });
        }
    }

    void take_word_field() {
        take_while(is_alpha);
        current_.kind = token_kind::word;
        const char next = peek();
        bool continues = is_date_separator(next);
        if (next == '+' || is_digit(next)) {
            // "T040506" and "J2451187" are a known word and a number; "UTC+3" and "EST5EDT" are
            // zones.
            continues = !find_date_word(current_.text);
        }
        if (!continues) return;
        current_.kind = token_kind::date;
        take_while([](char c) {
            return is_alnum(c) || is_date_separator(c) || c == '+' || c == '_' || c == ':';
        });
    }

    bool take_signed_field() {
        take();
        while (is_blank(peek())) ++at_;
        if (is_digit(peek())) {
            current_.kind = token_kind::zone;
            take_while([](char c) { return is_digit(c) || c == ':' || c == '.' || c == '-'; });
            return true;
        }
        if (is_alpha(peek())) {
            current_.kind = token_kind::special;
            take_while(is_alpha);
            return true;
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    token current_{};
};

}  // namespace

bool split_datetime(std::string_view text, std::vector<token>& tokens) {
    return text.size() <= text_length_max && tokenizer(text).split(tokens);
}

std::int64_t take_number(std::string_view& s, std::size_t digits_max) {
    std::size_t n = 0;
    std::int64_t v = 0;
    while (n < s.size() && is_digit(s[n])) {
        if (n == digits_max) return -1;
        v = v * 10 + (s[n++] - '0');
    }
    if (n == 0) return -1;
    s.remove_prefix(n);
    return v;
}

int take_fraction_us(std::string_view& s) {
    std::size_t n = 1;
    while (n < s.size() && is_digit(s[n])) ++n;
    // Through a double, as PostgreSQL does it: decides which way a tie in the seventh digit goes.
    double fraction = 0;
    if (n > 1) std::from_chars(s.data(), s.data() + n, fraction);
    s.remove_prefix(n);
    return static_cast<int>(std::rint(fraction * 1e6));
}

field_error read_clock(std::string_view text, bool minutes_first, clock_fields& out) {
    std::string_view s = text;
    out = {};
    out.hour = take_number(s, 18);
    if (out.hour < 0) return field_error::out_of_range;
    if (!s.starts_with(':')) return field_error::bad_format;
    s.remove_prefix(1);
    // Minutes and seconds may be left out behind their colon.
    const auto take_or_zero = [&s] {
        return !s.empty() && is_digit(s.front()) ? take_number(s) : 0;
    };
    const std::int64_t minute = take_or_zero();
    if (minute < 0) return field_error::out_of_range;
    std::int64_t second = 0;
    out.minute = static_cast<int>(minute);
    const auto shift_to_minutes = [&] {
        second = out.minute;
        const std::int64_t first = out.hour;
        out.hour = 0;
        out.minute = first > 59 ? 60 : static_cast<int>(first);
    };
    if (s.empty()) {
        if (minutes_first) shift_to_minutes();
    } else if (s.front() == '.') {
        // MM:SS.fff is the only reading with a point behind the second number.
        out.microsecond = take_fraction_us(s);
        shift_to_minutes();
    } else if (s.front() == ':') {
        s.remove_prefix(1);
        second = take_or_zero();
        if (second < 0) return field_error::out_of_range;
        if (s.starts_with('.')) out.microsecond = take_fraction_us(s);
    }
    if (!s.empty()) return field_error::bad_format;
    if (out.minute > 59 || second > 60) return field_error::out_of_range;
    out.second = static_cast<int>(second);
    return field_error::none;
}

field_error read_zone_offset(std::string_view text, std::int32_t& east_seconds) {
    constexpr std::int64_t hours_max = 15;
    if (text.empty() || (text.front() != '+' && text.front() != '-'))
        return field_error::bad_format;
    const bool west = text.front() == '-';
    std::string_view s = text.substr(1);
    const std::size_t digits = s.size();
    const auto take_or_zero = [&s] {
        return !s.empty() && is_digit(s.front()) ? take_number(s) : 0;
    };
    std::int64_t hour = take_number(s), minute = 0, second = 0;
    if (hour < 0) return field_error::zone;
    if (s.starts_with(':')) {
        s.remove_prefix(1);
        minute = take_or_zero();
        if (s.starts_with(':')) {
            s.remove_prefix(1);
            second = take_or_zero();
        }
    } else if (s.empty() && digits > 2) {
        minute = hour % 100;  // run together: hmm, hhmm
        hour /= 100;
    }
    if (hour > hours_max || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return field_error::zone;
    }
    if (!s.empty()) return field_error::bad_format;
    const auto seconds = static_cast<std::int32_t>(hour * 3600 + minute * 60 + second);
    east_seconds = west ? -seconds : seconds;
    return field_error::none;
}

sql_error datetime_error(field_error error, std::string_view text, std::string_view type_name) {
    const auto quoted = [text](std::string_view message) {
        return std::string(message).append(": \"").append(text).append("\"");
    };
    switch (error) {
        case field_error::month_or_day:
            return sql_error(sqlstate::datetime_field_overflow,
                             quoted("date/time field value out of range"))
                .with_hint("Perhaps you need a different \"datestyle\" setting.");
        case field_error::out_of_range:
            return {sqlstate::datetime_field_overflow,
                    quoted("date/time field value out of range")};
        case field_error::zone:
            return {sqlstate::invalid_time_zone_displacement_value,
                    quoted("time zone displacement out of range")};
        case field_error::interval:
            return {sqlstate::interval_field_overflow, quoted("interval field value out of range")};
        default:
            return {sqlstate::invalid_datetime_format,
                    quoted("invalid input syntax for type " + std::string(type_name))};
    }
}

}  // namespace historyd::types
