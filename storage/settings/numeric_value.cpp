// Integer and real settings: numbers with units, read and printed by PostgreSQL's rules
// (PostgreSQL documentation, "Parameter Names and Values").

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "storage/settings/value_check.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::settings {

namespace {

struct unit {
    std::string_view name;
    double size;  // in bytes or microseconds
};

constexpr std::array memory_units{unit{"TB", 1024.0 * 1024 * 1024 * 1024},
                                  unit{"GB", 1024.0 * 1024 * 1024}, unit{"MB", 1024.0 * 1024},
                                  unit{"kB", 1024.0}, unit{"B", 1.0}};
constexpr std::array time_units{unit{"d", 86'400e6}, unit{"h", 3'600e6}, unit{"min", 60e6},
                                unit{"s", 1e6},      unit{"ms", 1e3},    unit{"us", 1.0}};

constexpr std::string_view memory_hint =
    "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";
constexpr std::string_view time_hint =
    "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";

std::span<const unit> units_for(std::string_view base) {
    if (base == "B" || base == "kB" || base == "MB" || base == "8kB") return memory_units;
    return time_units;
}

double base_size(std::string_view base) {
    if (base == "8kB") return 8192.0;
    for (const auto& u : units_for(base)) {
        if (u.name == base) return u.size;
    }
    return 1.0;
}

// The number and the rest after it, which is a unit or nothing.
struct number_text {
    double number = 0;
    std::string unit;
};

// Hexadecimal and octal are integers as in C; anything with a point or exponent is decimal.
std::optional<number_text> read_number(const std::string& text) {
    const char* begin = text.c_str();
    char* end = nullptr;
    number_text out;
    out.number = static_cast<double>(std::strtoll(begin, &end, 0));
    if (*end == '.' || *end == 'e' || *end == 'E') out.number = std::strtod(begin, &end);
    if (end == begin || std::isnan(out.number)) return std::nullopt;
    out.unit = types::trim_blanks(
        std::string_view(end, static_cast<std::size_t>(begin + text.size() - end)));
    return out;
}

// As %g prints: six significant digits.
std::string short_real(double v) { return fmt::format("{:g}", v); }

std::string with_unit(const definition& setting, std::string number) {
    if (!setting.unit.empty()) number.append(" ").append(setting.unit);
    return number;
}

sql_error out_of_range(const definition& setting, std::string_view given, std::string number) {
    return sql_error(
        sqlstate::invalid_parameter_value,
        fmt::format("{} is outside the valid range for parameter \"{}\" ({} .. {})",
                    with_unit(setting, std::move(number)), given, setting.min, setting.max));
}

// Returns: the number in the base unit, or the error to give.
result<double> read_in_base_unit(const definition& setting, std::string_view given,
                                 std::string_view text) {
    const auto parsed = read_number(std::string(text));
    if (!parsed) return invalid_value(given, text);
    if (parsed->unit.empty()) return parsed->number;
    if (setting.unit.empty()) return invalid_value(given, text);
    const auto units = units_for(setting.unit);
    for (const auto& u : units) {
        if (u.name != parsed->unit) continue;
        const double in_base = parsed->number * u.size / base_size(setting.unit);
        // A fraction of a unit is kept to a whole number of the next smaller one.
        const auto* next = &u + 1;
        if (next == units.data() + units.size()) return in_base;
        const double step = next->size / base_size(setting.unit);
        return step >= 1.0 ? std::rint(in_base / step) * step : in_base;
    }
    const auto hint = units.size() == memory_units.size() ? memory_hint : time_hint;
    return invalid_value(given, text).with_hint(std::string(hint));
}

// The largest unit that says it in whole numbers.
std::string print_with_unit(const definition& setting, double value) {
    const double base = base_size(setting.unit);
    for (const auto& u : units_for(setting.unit)) {
        const double count = value * base / u.size;
        const double whole = std::rint(count);
        if (whole != 0 && std::abs(count - whole) <= 1e-8 * std::abs(whole)) {
            return fmt::format("{:.0f}{}", whole, u.name);
        }
    }
    return fmt::format("{}{}", short_real(value * base), units_for(setting.unit).back().name);
}

double limit(std::string_view text) { return std::strtod(std::string(text).c_str(), nullptr); }

}  // namespace

std::optional<double> number_in_base_unit(const definition& setting, std::string_view text) {
    const auto value = read_in_base_unit(setting, setting.name, text);
    if (!value) return std::nullopt;
    return *value;
}

result<std::string> canonical_integer(const definition& setting, std::string_view given,
                                      std::string_view text) {
    const auto read = read_in_base_unit(setting, given, text);
    if (!read) return read.error();
    const double value = std::rint(*read);
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
        return invalid_value(given, text).with_hint("Value exceeds integer range.");
    }
    if (value < limit(setting.min) || value > limit(setting.max)) {
        return out_of_range(setting, given, fmt::format("{:.0f}", value));
    }
    if (setting.unit.empty() || value <= 0) return fmt::format("{:.0f}", value);
    return print_with_unit(setting, value);
}

result<std::string> canonical_real(const definition& setting, std::string_view given,
                                   std::string_view text) {
    const auto read = read_in_base_unit(setting, given, text);
    if (!read) return read.error();
    if (*read < limit(setting.min) || *read > limit(setting.max)) {
        return out_of_range(setting, given, short_real(*read));
    }
    if (setting.unit.empty() || *read <= 0) return short_real(*read);
    return print_with_unit(setting, *read);
}

}  // namespace historyd::settings
