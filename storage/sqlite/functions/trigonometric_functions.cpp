#include <cmath>
#include <numbers>

#include "storage/sqlite/functions/families.hpp"

// Trigonometry in radians, and in degrees with exact answers where there are some (sind(30) is
// 0.5).

namespace historyd::sqlite {
namespace {

constexpr double radians_per_degree = std::numbers::pi / 180.0;

sql_error domain_error() { return {sqlstate::numeric_value_out_of_range, "input is out of range"}; }

enum class domain : std::uint8_t { any, finite, unit };

template <double (*F)(double), domain Domain>
result<value> apply(const function_call& c) {
    const double v = c.real(0);
    if (std::isnan(v)) return real_value(v);
    if (Domain == domain::finite && std::isinf(v)) return domain_error();
    if (Domain == domain::unit && (v < -1 || v > 1)) return domain_error();
    return real_value(F(v));
}

double sine(double v) { return std::sin(v); }
double cosine(double v) { return std::cos(v); }
double tangent(double v) { return std::tan(v); }
double cotangent(double v) { return 1.0 / std::tan(v); }
double arc_sine(double v) { return std::asin(v); }
double arc_cosine(double v) { return std::acos(v); }
double arc_tangent(double v) { return std::atan(v); }

// Below, each branch is scaled by its own value at the angle whose answer is known, so that
// rounding cancels there.
double scaled_sine(double degrees) {  // 0 to 30
    static const double at_30 = std::sin(30.0 * radians_per_degree);
    return std::sin(degrees * radians_per_degree) / at_30 / 2.0;
}

double scaled_cosine(double degrees) {  // 0 to 60
    static const double at_60 = 1.0 - std::cos(60.0 * radians_per_degree);
    return 1.0 - (1.0 - std::cos(degrees * radians_per_degree)) / at_60 / 2.0;
}

double quadrant_sine(double degrees) {  // 0 to 90
    return degrees <= 30.0 ? scaled_sine(degrees) : scaled_cosine(90.0 - degrees);
}

double quadrant_cosine(double degrees) {  // 0 to 90
    return degrees <= 60.0 ? scaled_cosine(degrees) : scaled_sine(90.0 - degrees);
}

double degree_sine(double degrees) {
    double v = std::fmod(degrees, 360.0);
    int sign = 1;
    if (v < 0) {
        v = -v;
        sign = -sign;
    }
    if (v > 180.0) {
        v = 360.0 - v;
        sign = -sign;
    }
    if (v > 90.0) v = 180.0 - v;
    return sign * quadrant_sine(v);
}

double degree_cosine(double degrees) {
    double v = std::fabs(std::fmod(degrees, 360.0));
    int sign = 1;
    if (v > 180.0) v = 360.0 - v;
    if (v > 90.0) {
        v = 180.0 - v;
        sign = -sign;
    }
    return sign * quadrant_cosine(v);
}

// An angle from 0 to 90 and the sign its tangent and cotangent have.
struct folded_angle {
    double degrees;
    int sign;
};

folded_angle fold(double degrees) {
    double v = std::fmod(degrees, 360.0);
    int sign = 1;
    if (v < 0) {
        v = -v;
        sign = -sign;
    }
    if (v > 180.0) {
        v = 360.0 - v;
        sign = -sign;
    }
    if (v > 90.0) {
        v = 180.0 - v;
        sign = -sign;
    }
    return {v, sign};
}

// tan(180) is 0, not -0.
double positive_zero(double v) { return v == 0.0 ? 0.0 : v; }

double degree_tangent(double degrees) {
    static const double at_45 = quadrant_sine(45.0) / quadrant_cosine(45.0);
    const auto [v, sign] = fold(degrees);
    return positive_zero(sign * (quadrant_sine(v) / quadrant_cosine(v) / at_45));
}

double degree_cotangent(double degrees) {
    static const double at_45 = quadrant_cosine(45.0) / quadrant_sine(45.0);
    const auto [v, sign] = fold(degrees);
    return positive_zero(sign * (quadrant_cosine(v) / quadrant_sine(v) / at_45));
}

double quadrant_arc_sine(double v) {  // 0 to 1
    static const double at_half = std::asin(0.5), complement_at_half = std::acos(0.5);
    if (v <= 0.5) return std::asin(v) / at_half * 30.0;
    return 90.0 - std::acos(v) / complement_at_half * 60.0;
}

double quadrant_arc_cosine(double v) {  // 0 to 1
    static const double at_half = std::asin(0.5), complement_at_half = std::acos(0.5);
    if (v <= 0.5) return 90.0 - std::asin(v) / at_half * 30.0;
    return std::acos(v) / complement_at_half * 60.0;
}

double degree_arc_sine(double v) { return v >= 0 ? quadrant_arc_sine(v) : -quadrant_arc_sine(-v); }

double degree_arc_cosine(double v) {
    return v >= 0 ? quadrant_arc_cosine(v) : 90.0 + quadrant_arc_sine(-v);
}

double degree_arc_tangent(double v) {
    static const double at_one = std::atan(1.0);
    return std::atan(v) / at_one * 45.0;
}

result<value> arc_tangent_2(const function_call& c) {
    return real_value(std::atan2(c.real(0), c.real(1)));
}

result<value> degree_arc_tangent_2(const function_call& c) {
    static const double at_one = std::atan(1.0);
    return real_value(std::atan2(c.real(0), c.real(1)) / at_one * 45.0);
}

template <bool ToDegrees>
result<value> convert(const function_call& c) {
    const double v = c.real(0);
    const double r = ToDegrees ? v / radians_per_degree : v * radians_per_degree;
    if (std::isinf(r) && !std::isinf(v)) {
        return sql_error(sqlstate::numeric_value_out_of_range, "value out of range: overflow");
    }
    if (r == 0 && v != 0) {
        return sql_error(sqlstate::numeric_value_out_of_range, "value out of range: underflow");
    }
    return real_value(r);
}

}  // namespace

std::span<const scalar_function> trigonometric_functions() {
    static constexpr scalar_function functions[] = {
        strict<apply<sine, domain::finite>>("pg_sin", 1),
        strict<apply<cosine, domain::finite>>("pg_cos", 1),
        strict<apply<tangent, domain::finite>>("pg_tan", 1),
        strict<apply<cotangent, domain::finite>>("pg_cot", 1),
        strict<apply<arc_sine, domain::unit>>("pg_asin", 1),
        strict<apply<arc_cosine, domain::unit>>("pg_acos", 1),
        strict<apply<arc_tangent, domain::any>>("pg_atan", 1),
        strict<arc_tangent_2>("pg_atan2", 2),
        strict<apply<degree_sine, domain::finite>>("pg_sind", 1),
        strict<apply<degree_cosine, domain::finite>>("pg_cosd", 1),
        strict<apply<degree_tangent, domain::finite>>("pg_tand", 1),
        strict<apply<degree_cotangent, domain::finite>>("pg_cotd", 1),
        strict<apply<degree_arc_sine, domain::unit>>("pg_asind", 1),
        strict<apply<degree_arc_cosine, domain::unit>>("pg_acosd", 1),
        strict<apply<degree_arc_tangent, domain::any>>("pg_atand", 1),
        strict<degree_arc_tangent_2>("pg_atan2d", 2),
        strict<convert<true>>("pg_degrees", 1),
        strict<convert<false>>("pg_radians", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
