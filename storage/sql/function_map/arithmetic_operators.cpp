#include <array>
#include <tuple>

#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

// The names of the registered functions that work in one arithmetic: overflow, division and the
// result's text differ between the types, not the way they are called.
struct arithmetic {
    oid type;
    std::string_view add, subtract, multiply, divide, negate, absolute;
};

constexpr std::array<arithmetic, 6> arithmetics = {{
    {t::int2, "pg_add_int2", "pg_subtract_int2", "pg_multiply_int2", "pg_divide_int2",
     "pg_negate_int2(%2)", "pg_abs_int2(%2)"},
    {t::int4, "pg_add_int4", "pg_subtract_int4", "pg_multiply_int4", "pg_divide_int4",
     "pg_negate_int4(%2)", "pg_abs_int4(%2)"},
    {t::int8, "pg_add_int8", "pg_subtract_int8", "pg_multiply_int8", "pg_divide_int8",
     "pg_negate_int8(%2)", "pg_abs_int8(%2)"},
    {t::float4, "pg_add_float4", "pg_subtract_float4", "pg_multiply_float4", "pg_divide_float4",
     "pg_negate_float(%2)", "pg_abs_float(%2)"},
    {t::float8, "pg_add_float8", "pg_subtract_float8", "pg_multiply_float8", "pg_divide_float8",
     "pg_negate_float(%2)", "pg_abs_float(%2)"},
    {t::numeric, "pg_add_numeric", "pg_subtract_numeric", "pg_multiply_numeric",
     "pg_divide_numeric", "pg_negate_numeric(%2)", "pg_abs_numeric(%2)"},
}};

void add_four(std::vector<operator_entry>& out, oid left, oid right, const arithmetic& a) {
    out.push_back({"+", left, right, a.type, a.add});
    out.push_back({"-", left, right, a.type, a.subtract});
    out.push_back({"*", left, right, a.type, a.multiply});
    out.push_back({"/", left, right, a.type, a.divide});
}

std::vector<operator_entry> make_operators() {
    std::vector<operator_entry> out;
    for (const auto& a : arithmetics) {
        add_four(out, a.type, a.type, a);
        out.push_back({"+", 0, a.type, a.type, "%2"});
        out.push_back({"-", 0, a.type, a.type, a.negate});
        out.push_back({"@", 0, a.type, a.type, a.absolute});
    }
    const auto& [int2, int4, int8, float4, float8, numeric] = arithmetics;
    for (const auto& [left, right, a] :
         {std::tuple{t::int2, t::int4, &int4}, std::tuple{t::int4, t::int2, &int4},
          std::tuple{t::int2, t::int8, &int8}, std::tuple{t::int8, t::int2, &int8},
          std::tuple{t::int4, t::int8, &int8}, std::tuple{t::int8, t::int4, &int8},
          std::tuple{t::float4, t::float8, &float8}, std::tuple{t::float8, t::float4, &float8}}) {
        add_four(out, left, right, *a);
    }
    for (const oid type : {t::int2, t::int4, t::int8}) {
        out.push_back({"%", type, type, type, "pg_mod_int"});
        out.push_back({"&", type, type, type, "(%1 & %2)"});
        out.push_back({"|", type, type, type, "(%1 | %2)"});
        out.push_back({"#", type, type, type, "((%1 | %2) - (%1 & %2))"});
        out.push_back({"~", 0, type, type, "(~%2)"});
    }
    const operator_entry others[] = {
        {"%", t::numeric, t::numeric, t::numeric, "pg_mod_numeric"},
        {"^", t::float8, t::float8, t::float8, "pg_power_float"},
        {"^", t::numeric, t::numeric, t::numeric, "pg_power_numeric"},
        {"|/", 0, t::float8, t::float8, "pg_sqrt_float(%2)"},
        {"||/", 0, t::float8, t::float8, "pg_cbrt(%2)"},
        {"<<", t::int2, t::int4, t::int2, "pg_shift_left_int2"},
        {"<<", t::int4, t::int4, t::int4, "pg_shift_left_int4"},
        {"<<", t::int8, t::int4, t::int8, "pg_shift_left_int8"},
        {">>", t::int2, t::int4, t::int2, "pg_shift_right_int2"},
        {">>", t::int4, t::int4, t::int4, "pg_shift_right_int4"},
        {">>", t::int8, t::int4, t::int8, "pg_shift_right_int8"},
    };
    out.insert(out.end(), std::begin(others), std::end(others));
    return out;
}

}  // namespace

std::span<const operator_entry> arithmetic_operators() {
    static const std::vector<operator_entry> entries = make_operators();
    return entries;
}

}  // namespace historyd::sql
