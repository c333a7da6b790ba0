#include "storage/types/numeric_text.hpp"

#include <algorithm>

#include "storage/types/input_text.hpp"
#include "storage/types/numeric.hpp"

namespace historyd::types {

namespace {

sql_error numeric_overflow() {
    return {sqlstate::numeric_value_out_of_range, "value overflows numeric format"};
}

// A decimal as spelled: digits before and after the point, and an exponent.
struct decimal_parts {
    bool negative = false;
    std::string_view whole, fraction;
    std::int64_t exponent = 0;
};

std::string_view take_digits(std::string_view& s) {
    std::size_t n = 0;
    while (n < s.size() && is_digit(s[n])) ++n;
    const auto digits = s.substr(0, n);
    s.remove_prefix(n);
    return digits;
}

// Returns: false for a syntax error. An exponent beyond any limit comes back as one that overflows.
bool read_decimal(std::string_view s, decimal_parts& out) {
    if (s.starts_with('-') || s.starts_with('+')) {
        out.negative = s.front() == '-';
        s.remove_prefix(1);
    }
    out.whole = take_digits(s);
    if (s.starts_with('.')) {
        s.remove_prefix(1);
        out.fraction = take_digits(s);
    }
    if (out.whole.empty() && out.fraction.empty()) return false;
    if (s.empty()) return true;
    if (to_lower(s.front()) != 'e') return false;
    s.remove_prefix(1);
    bool negative = false;
    if (s.starts_with('-') || s.starts_with('+')) {
        negative = s.front() == '-';
        s.remove_prefix(1);
    }
    const auto digits = take_digits(s);
    if (digits.empty() || !s.empty()) return false;
    constexpr std::int64_t exponent_max = 1'000'000'000;
    for (const char d : digits)
        out.exponent = std::min(out.exponent * 10 + (d - '0'), exponent_max);
    if (negative) out.exponent = -out.exponent;
    return true;
}

std::string_view special_text(std::string_view s) {
    if (equals_ignoring_case(s, "nan")) return "NaN";
    bool negative = false;
    if (s.starts_with('-') || s.starts_with('+')) {
        negative = s.front() == '-';
        s.remove_prefix(1);
    }
    if (equals_ignoring_case(s, "inf") || equals_ignoring_case(s, "infinity")) {
        return negative ? "-Infinity" : "Infinity";
    }
    return {};
}

}  // namespace

result<std::string> canonical_numeric(std::string_view text) {
    const auto s = trim_blanks(text);
    decimal_parts d;
    if (!read_decimal(s, d)) {
        if (const auto special = special_text(s); !special.empty()) return std::string(special);
        return invalid_syntax("numeric", text);
    }
    // The digits, and where among them the point is once the exponent has moved it.
    std::string digits;
    digits.reserve(s.size() + 2);
    digits.append(d.whole).append(d.fraction);
    std::int64_t point = static_cast<std::int64_t>(d.whole.size()) + d.exponent;
    const std::int64_t scale =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(digits.size()) - point);

    const auto first = digits.find_first_not_of('0');
    const bool is_zero = first == std::string::npos;
    const std::int64_t whole_digits = is_zero ? 0 : point - static_cast<std::int64_t>(first);
    if (scale > numeric::scale_max || whole_digits > numeric::integer_digits_max) {
        return numeric_overflow();
    }
    if (is_zero) {
        return scale == 0 ? std::string("0")
                          : "0." + std::string(static_cast<std::size_t>(scale), '0');
    }
    // Past the checks above the shifts are bounded: zeros go in front or behind.
    if (point < 0) {
        digits.insert(0, static_cast<std::size_t>(-point), '0');
        point = 0;
    }
    const auto at = static_cast<std::size_t>(point);
    if (digits.size() < at) digits.append(at - digits.size(), '0');
    std::string out = d.negative ? "-" : "";
    const auto whole_start = std::min(digits.find_first_not_of('0'), at);
    if (whole_start == at) out += '0';
    out.append(digits, whole_start, at - whole_start);
    if (digits.size() > at) out.append(1, '.').append(digits, at);
    return out;
}

namespace {

// A number's text split for comparison; rank orders what is not a finite number.
struct comparable {
    enum rank : int { minus_infinity, finite, infinity, not_a_number, not_numeric };
    int rank = finite;
    bool negative = false;
    std::string_view whole, fraction;
};

comparable read_comparable(std::string_view text) {
    comparable c;
    if (text == "NaN") return c.rank = comparable::not_a_number, c;
    if (text == "Infinity") return c.rank = comparable::infinity, c;
    if (text == "-Infinity") return c.rank = comparable::minus_infinity, c;
    decimal_parts d;
    if (!read_decimal(text, d) || d.exponent != 0) return c.rank = comparable::not_numeric, c;
    c.whole = d.whole.substr(std::min(d.whole.find_first_not_of('0'), d.whole.size()));
    const auto last = d.fraction.find_last_not_of('0');
    c.fraction = last == std::string_view::npos ? "" : d.fraction.substr(0, last + 1);
    c.negative = d.negative && !(c.whole.empty() && c.fraction.empty());
    return c;
}

}  // namespace

int compare_numeric_text(std::string_view a, std::string_view b) {
    const comparable x = read_comparable(a), y = read_comparable(b);
    if (x.rank != y.rank) return x.rank < y.rank ? -1 : 1;
    if (x.rank == comparable::not_numeric) return a.compare(b);
    if (x.rank != comparable::finite) return 0;
    if (x.negative != y.negative) return x.negative ? -1 : 1;
    int magnitude = 0;
    if (x.whole.size() != y.whole.size()) {
        magnitude = x.whole.size() < y.whole.size() ? -1 : 1;
    } else {
        magnitude = x.whole.compare(y.whole);
        if (magnitude == 0) magnitude = x.fraction.compare(y.fraction);
    }
    return x.negative ? -magnitude : magnitude;
}

}  // namespace historyd::types
