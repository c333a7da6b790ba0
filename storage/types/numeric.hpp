#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// PostgreSQL's numeric: exact decimals with a display scale, NaN and infinities. A heavy header:
// for .cpp files only. Errors: 22P02, 22003, 22012, 0A000 for a NaN or infinity that has no answer.

namespace historyd::types {

enum class numeric_kind : std::uint8_t { finite, not_a_number, infinity, minus_infinity };

class numeric {
public:
    using integer = boost::multiprecision::cpp_int;

    // PostgreSQL's limits: digits before and after the decimal point.
    static constexpr int integer_digits_max = 131'072;
    static constexpr int scale_max = 16'383;
    // Of the scale it chooses for a quotient, a root and the like: NUMERIC_MIN_SIG_DIGITS,
    // NUMERIC_MAX_DISPLAY_SCALE.
    static constexpr int significant_digits_min = 16, display_scale_max = 1000;

    numeric() = default;
    numeric(std::int64_t v) : unscaled_(v) {}  // NOLINT: exact, like an integer literal
    // The number unscaled / 10^scale, printed with scale digits after the point.
    numeric(integer unscaled, int scale) : unscaled_(std::move(unscaled)), scale_(scale) {}
    static numeric special(numeric_kind k);

    // Input syntax: blanks around, sign, digits, exponent, NaN, inf, Infinity in any case.
    static result<numeric> parse(std::string_view text);
    // As parse, for text already in storage form.
    static std::optional<numeric> from_storage(std::string_view text);
    // As PostgreSQL's casts: 15 significant digits of a float8, 6 of a float4.
    static numeric from_float8(double v);
    static numeric from_float4(float v);

    // Output text, which is storage form.
    std::string to_string() const;
    void append_to(std::string& out) const;

    numeric_kind kind() const { return kind_; }
    bool is_finite() const { return kind_ == numeric_kind::finite; }
    bool is_nan() const { return kind_ == numeric_kind::not_a_number; }
    bool is_zero() const { return is_finite() && unscaled_.is_zero(); }
    int sign() const;  // -1, 0, 1; 0 for NaN
    int scale() const { return scale_; }
    const integer& unscaled() const { return unscaled_; }  // 0 unless finite

    // Casts. To integers: rounded half away from zero, 22003 "integer out of range" and the like.
    result<std::int64_t> to_int8() const;
    result<std::int32_t> to_int4() const;
    result<std::int16_t> to_int2() const;
    result<double> to_float8() const;
    result<float> to_float4() const;

private:
    integer unscaled_;
    int scale_ = 0;
    numeric_kind kind_ = numeric_kind::finite;
};

// 22003 "value overflows numeric format" when v has more digits than PostgreSQL keeps.
result<numeric> checked(numeric v);
// numeric(precision, scale): rounds, 22003 with PostgreSQL's detail on overflow. typmod -1: as is.
result<numeric> apply_numeric_typmod(numeric v, std::int32_t typmod);

// Total order as btree has it: NaN equals NaN and is above everything.
int compare(const numeric& a, const numeric& b);
// The same over storage text, without building numbers. (The collation pg_numeric.)
int compare_numeric_text(std::string_view a, std::string_view b);

result<numeric> add(const numeric& a, const numeric& b);
result<numeric> subtract(const numeric& a, const numeric& b);
result<numeric> multiply(const numeric& a, const numeric& b);
result<numeric> divide(const numeric& a, const numeric& b);     // PostgreSQL's result scale
result<numeric> modulo(const numeric& a, const numeric& b);     // sign of a
result<numeric> div_trunc(const numeric& a, const numeric& b);  // div(): integer quotient
numeric negate(const numeric& a);
numeric abs(const numeric& a);
numeric round(const numeric& a, int digits);  // half away from zero; digits may be negative
numeric trunc(const numeric& a, int digits);
numeric ceil(const numeric& a);
numeric floor(const numeric& a);
numeric trim_scale(const numeric& a);
int min_scale(const numeric& a);
result<numeric> gcd(const numeric& a, const numeric& b);
result<numeric> lcm(const numeric& a, const numeric& b);
result<numeric> factorial(std::int64_t n);

// 10^n. Requires: n >= 0.
numeric::integer power_of_ten(int n);
// Decimal digits of |v|; 1 for zero.
int decimal_digits(const numeric::integer& v);

}  // namespace historyd::types
