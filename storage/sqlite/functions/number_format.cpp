#include "storage/sqlite/functions/number_format.hpp"

#include <algorithm>
#include <array>

namespace historyd::sqlite {
namespace {

using kind = number_picture::item_kind;
using types::numeric;

std::string_view ordinal_suffix(std::string_view digits) {
    const auto size = digits.size();
    if (size > 1 && digits[size - 2] == '1') return "th";
    switch (size == 0 ? '0' : digits.back()) {
        case '1':
            return "st";
        case '2':
            return "nd";
        case '3':
            return "rd";
        default:
            return "th";
    }
}

std::string with_case(std::string_view text, bool lower) {
    std::string out(text);
    for (char& c : out) {
        if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        if (!lower && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
}

// RN: right-aligned in 15 places; '#' outside 1 to 3999.
std::string roman(const numeric& v, bool fill_mode, bool lower) {
    static constexpr std::pair<int, std::string_view> steps[] = {
        {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
        {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
    constexpr std::size_t width = 15;
    const auto whole = v.to_int4();
    if (!v.is_finite() || !whole || *whole < 1 || *whole > 3999) return std::string(width, '#');
    std::string digits;
    int rest = *whole;
    for (const auto& [worth, letters] : steps) {
        for (; rest >= worth; rest -= worth) digits += letters;
    }
    digits = with_case(digits, lower);
    if (fill_mode) return digits;
    return std::string(width - std::min(width, digits.size()), ' ') + digits;
}

// EEEE: one digit before the point, at least two of exponent.
std::string scientific(const numeric& v, const number_picture& picture) {
    const auto after = static_cast<std::size_t>(picture.digits_after);
    if (!v.is_finite()) return " #." + std::string(after + 4, '#');
    int exponent = 0;
    numeric::integer digits = 0;
    if (!v.is_zero()) {
        const auto magnitude = numeric::integer(boost::multiprecision::abs(v.unscaled()));
        exponent = types::decimal_digits(magnitude) - 1 - v.scale();
        // The number as d.ddd with the picture's digits; rounding may carry into one more digit.
        digits =
            types::round(numeric(magnitude, v.scale() + exponent), picture.digits_after).unscaled();
        if (types::decimal_digits(digits) > picture.digits_after + 1) {
            digits /= 10;
            ++exponent;
        }
    }
    auto text = digits.str();
    text.insert(0, after + 1 - std::min(after + 1, text.size()), '0');
    if (after > 0) text.insert(1, ".");
    const auto power = std::to_string(std::abs(exponent));
    return (v.sign() < 0 ? "-" : " ") + text + (exponent < 0 ? "e-" : "e+") +
           (power.size() < 2 ? "0" : "") + power;
}

// The digits to show, apart from where they go.
struct shown_digits {
    std::string whole, fraction;
    bool negative = false;
    bool overflow = false;
    bool has_point = false;
};

shown_digits digits_of(const numeric& v, const number_picture& picture, int significant_max) {
    shown_digits out;
    if (v.is_nan()) {
        out.whole = "NaN";
        return out;
    }
    int decimals = picture.digits_after;
    auto magnitude = types::abs(v);
    if (v.is_finite() && picture.multiplier > 0) {
        const auto scaled =
            multiply(magnitude, numeric(types::power_of_ten(picture.multiplier), 0));
        if (scaled) magnitude = *scaled;
    }
    if (significant_max > 0 && v.is_finite()) {
        const auto whole_digits = static_cast<int>(types::round(magnitude, 0).to_string().size());
        decimals = std::clamp(significant_max - whole_digits, 0, decimals);
    }
    if (v.is_finite()) {
        const auto text = types::round(magnitude, decimals).to_string();
        const auto point = std::min(text.find('.'), text.size());
        out.whole = text.substr(0, point);
        if (point < text.size()) out.fraction = text.substr(point + 1);
        out.negative = v.sign() < 0 && text.find_first_not_of("0.") != std::string::npos;
    } else {
        out.negative = v.sign() < 0 || v.kind() == types::numeric_kind::minus_infinity;
    }
    out.has_point = decimals > 0;
    const auto room = static_cast<std::size_t>(picture.digits_before);
    if (!v.is_finite() || out.whole.size() > room) {
        out.overflow = out.has_point = true;
        out.whole.assign(room, '#');
        out.fraction.assign(static_cast<std::size_t>(decimals), '#');
    }
    return out;
}

class writer {
public:
    writer(const number_picture& picture, shown_digits digits)
        : picture_(picture), digits_(std::move(digits)) {
        if (picture_.fill_mode && !digits_.overflow) drop_trailing_zeros();
        // A zero before the point is shown only where nothing else would be.
        const bool point_alone = picture_.fill_mode && digits_.fraction.empty();
        if (digits_.whole == "0" && picture_.digits_after > 0 && picture_.first_zero < 0 &&
            !point_alone) {
            digits_.whole.clear();
        }
        skipped_ = picture_.digits_before - static_cast<int>(digits_.whole.size());
    }

    std::string run() {
        for (const auto& item : picture_.items) write(item);
        return std::move(out_);
    }

private:
    // FM leaves out the zeros at the end that a 0 in the picture does not ask for.
    void drop_trailing_zeros() {
        const auto kept = static_cast<std::size_t>(picture_.last_zero_after + 1);
        while (digits_.fraction.size() > kept && digits_.fraction.back() == '0') {
            digits_.fraction.pop_back();
        }
    }

    void blank() {
        if (!picture_.fill_mode) out_ += ' ';
    }

    // The sign that stands right before the first digit.
    void start_number() {
        if (started_) return;
        started_ = true;
        if (picture_.has_sign) {
            if (picture_.sign_leads) out_ += digits_.negative ? '-' : '+';
        } else if (picture_.has_angle) {
            if (digits_.negative) {
                out_ += '<';
            } else {
                blank();
            }
        } else if (!picture_.has_own_sign) {
            if (digits_.negative) {
                out_ += '-';
            } else {
                blank();
            }
        }
    }

    void write_digit() {
        if (after_point_) {
            const auto at = fraction_at_++;
            if (at < digits_.fraction.size()) out_ += digits_.fraction[at];
            return;
        }
        const int at = whole_at_++;
        if (at >= skipped_) {
            start_number();
            out_ += digits_.whole[static_cast<std::size_t>(at - skipped_)];
        } else if (picture_.first_zero >= 0 && at >= picture_.first_zero) {
            start_number();
            out_ += '0';
        } else {
            blank();
        }
    }

    void write_ordinal(bool lower) {
        if (digits_.overflow || digits_.negative || picture_.has_point) return;
        out_ += with_case(ordinal_suffix(digits_.whole), lower);
    }

    void write(const number_picture::item& item) {
        switch (item.kind) {
            case kind::nine:
            case kind::zero:
                write_digit();
                return;
            case kind::point:
                start_number();
                after_point_ = true;
                if (digits_.has_point) out_ += '.';
                return;
            case kind::group:
                if (started_) {
                    out_ += ',';
                } else {
                    blank();
                }
                return;
            case kind::currency:
                out_ += ' ';
                return;
            case kind::sign:
                if (!picture_.sign_leads) out_ += digits_.negative ? '-' : '+';
                return;
            case kind::minus:
                if (digits_.negative) {
                    out_ += '-';
                } else {
                    blank();
                }
                return;
            case kind::plus:
                if (!digits_.negative) {
                    out_ += '+';
                } else {
                    blank();
                }
                return;
            case kind::plus_minus:
                out_ += digits_.negative ? '-' : '+';
                return;
            case kind::angle:
                if (digits_.negative) {
                    out_ += '>';
                } else {
                    blank();
                }
                return;
            case kind::ordinal:
                write_ordinal(item.lower);
                return;
            case kind::literal:
                out_ += item.text;
                return;
            case kind::multiply:
            case kind::roman:
            case kind::exponent:
                return;
        }
    }

    const number_picture& picture_;
    shown_digits digits_;
    int skipped_ = 0;  // places before the first digit of the number
    int whole_at_ = 0;
    std::size_t fraction_at_ = 0;
    bool started_ = false, after_point_ = false;
    std::string out_;
};

}  // namespace

result<std::string> format_number(const numeric& v, const number_picture& picture,
                                  int significant_max) {
    if (picture.has_roman) {
        const auto item = std::find_if(picture.items.begin(), picture.items.end(),
                                       [](const auto& i) { return i.kind == kind::roman; });
        return roman(v, picture.fill_mode, item->lower);
    }
    if (picture.has_exponent) return scientific(v, picture);
    return writer(picture, digits_of(v, picture, significant_max)).run();
}

}  // namespace historyd::sqlite
