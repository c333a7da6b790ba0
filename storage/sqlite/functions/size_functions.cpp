#include <array>

#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/letter_case.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/type_io.hpp"

// Sizes for people, and of values.

namespace historyd::sqlite {
namespace {

using types::numeric;

constexpr std::array<const char*, 6> units = {"bytes", "kB", "MB", "GB", "TB", "PB"};

// From kB on a size is carried with one more binary digit, which decides the rounding, and a unit
// is used up to 10239.
result<value> pretty(numeric size) {
    const numeric bytes_max(10 * 1024), doubled_max(20 * 1024 - 1);
    std::size_t unit = 0;
    while (unit + 1 < units.size() &&
           compare(types::abs(size), unit == 0 ? bytes_max : doubled_max) >= 0) {
        auto smaller = div_trunc(size, numeric(unit == 0 ? 512 : 1024));
        if (!smaller) return smaller.error();
        size = std::move(*smaller);
        ++unit;
    }
    if (unit > 0) {
        auto rounded = add(size, numeric(size.sign() < 0 ? -1 : 1));
        if (!rounded) return rounded.error();
        auto halved = div_trunc(*rounded, numeric(2));
        if (!halved) return halved.error();
        size = std::move(*halved);
    }
    return value(size.to_string() + ' ' + units[unit]);
}

result<value> size_pretty(const function_call& c) {
    auto size = numeric_argument(c, 0);
    if (!size) return size.error();
    return pretty(std::move(*size));
}

// Length of the number at the start: sign, digits, point, exponent. 0 when there is none.
std::size_t number_length(std::string_view text) {
    std::size_t at = 0, digits = 0;
    const auto take_digits = [&] {
        while (at < text.size() && types::is_digit(text[at])) {
            ++at;
            ++digits;
        }
    };
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    take_digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        take_digits();
    }
    if (digits == 0) return 0;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        auto after = at + 1;
        if (after < text.size() && (text[after] == '+' || text[after] == '-')) ++after;
        const auto first = after;
        while (after < text.size() && types::is_digit(text[after])) ++after;
        if (after > first) at = after;
    }
    return at;
}

result<value> size_bytes(const function_call& c) {
    const std::string given(c.text(0));
    const auto text = types::trim_blanks(given);
    const auto length = number_length(text);
    const sql_error invalid(sqlstate::invalid_parameter_value, "invalid size: \"" + given + "\"");
    if (length == 0) return invalid;
    auto size = numeric::parse(text.substr(0, length));
    if (!size) return size.error();
    const auto unit = types::trim_blanks(text.substr(length));
    auto folded = lower_text(unit);
    if (folded == "b") folded = "bytes";
    bool known = unit.empty();
    for (std::size_t i = 0; i < units.size() && !known; ++i) {
        if (folded != lower_text(units[i])) continue;
        known = true;
        auto scaled = multiply(*size, numeric(std::int64_t{1} << (10 * i)));
        if (!scaled) return scaled.error();
        size = std::move(scaled);
    }
    if (!known) {
        return sql_error(invalid)
            .with_detail("Invalid size unit: \"" + std::string(unit) + "\".")
            .with_hint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".");
    }
    const auto bytes = size->to_int8();
    if (!bytes) return bytes.error();
    return value(*bytes);
}

// pg_column_size(v, type): what PostgreSQL would use for the value, uncompressed.
result<value> column_size(const function_call& c) {
    const auto* info = types::find_type(c.type(1));
    if (info != nullptr && info->length > 0) return value(std::int64_t{info->length});
    constexpr std::int64_t header = 4;
    if (info != nullptr && info->id == types::type_oid::numeric) {
        // Base 10000 digits on both sides of the point, after two bytes of weight and scale.
        const auto text = c.text(0);
        const auto point = std::min(text.find('.'), text.size());
        const auto before = static_cast<std::int64_t>(point),
                   after = static_cast<std::int64_t>(text.size() - point);
        const auto digits = (before + 3) / 4 + (after > 1 ? (after + 2) / 4 : 0);
        return value(header + 2 + 2 * digits);
    }
    return value(header + static_cast<std::int64_t>(c.text(0).size()));
}

}  // namespace

std::span<const scalar_function> size_functions() {
    static constexpr scalar_function functions[] = {
        strict<size_pretty>("pg_size_pretty_int8", 1),
        strict<size_pretty>("pg_size_pretty_numeric", 1),
        strict<size_bytes>("pg_size_bytes", 1),
        strict<column_size>("pg_column_size", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
