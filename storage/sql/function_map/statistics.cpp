#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

// Integers are summed as numeric, so that the result is exact.
void add_deviation(std::vector<function_entry>& out, std::string_view name, std::string_view exact,
                   std::string_view approximate) {
    for (const oid type : {t::int2, t::int4, t::int8, t::numeric}) {
        out.push_back(aggregate({name, {type}, t::numeric, exact}));
    }
    for (const oid type : {t::float4, t::float8}) {
        out.push_back(aggregate({name, {type}, t::float8, approximate}));
    }
}

function_entry ordered_set(function_entry e) {
    e.kind = function_kind::aggregate;
    e.within_group = true;
    return e;
}

std::vector<function_entry> make_entries() {
    std::vector<function_entry> out = {
        ordered_set({"mode", {t::anyelement}, t::anyelement, "pg_mode"}),
        ordered_set(
            {"percentile_disc", {t::float8, t::anyelement}, t::anyelement, "pg_percentile_disc"}),
        ordered_set({"percentile_cont", {t::float8, t::float8}, t::float8, "pg_percentile_cont"}),
        ordered_set({"percentile_cont",
                     {t::float8, t::interval},
                     t::interval,
                     "pg_percentile_cont_interval"}),
        ordered_set({"percentile_cont",
                     {t::float8_array, t::float8},
                     t::float8_array,
                     "pg_percentile_cont_array"}),
    };
    add_deviation(out, "variance", "pg_var_samp_numeric(%1)", "pg_var_samp_float(%1)");
    add_deviation(out, "var_samp", "pg_var_samp_numeric(%1)", "pg_var_samp_float(%1)");
    add_deviation(out, "var_pop", "pg_var_pop_numeric(%1)", "pg_var_pop_float(%1)");
    add_deviation(out, "stddev", "pg_stddev_samp_numeric(%1)", "pg_stddev_samp_float(%1)");
    add_deviation(out, "stddev_samp", "pg_stddev_samp_numeric(%1)", "pg_stddev_samp_float(%1)");
    add_deviation(out, "stddev_pop", "pg_stddev_pop_numeric(%1)", "pg_stddev_pop_float(%1)");
    static constexpr std::pair<std::string_view, std::string_view> pairs[] = {
        {"corr", "pg_corr(%1, %2)"},
        {"covar_pop", "pg_covar_pop(%1, %2)"},
        {"covar_samp", "pg_covar_samp(%1, %2)"},
        {"regr_avgx", "pg_regr_avgx(%1, %2)"},
        {"regr_avgy", "pg_regr_avgy(%1, %2)"},
        {"regr_intercept", "pg_regr_intercept(%1, %2)"},
        {"regr_r2", "pg_regr_r2(%1, %2)"},
        {"regr_slope", "pg_regr_slope(%1, %2)"},
        {"regr_sxx", "pg_regr_sxx(%1, %2)"},
        {"regr_sxy", "pg_regr_sxy(%1, %2)"},
        {"regr_syy", "pg_regr_syy(%1, %2)"},
    };
    for (const auto& [name, sqlite] : pairs) {
        out.push_back(aggregate({name, {t::float8, t::float8}, t::float8, sqlite}));
    }
    out.push_back(
        aggregate({"regr_count", {t::float8, t::float8}, t::int8, "pg_regr_count(%1, %2)"}));
    return out;
}

}  // namespace

std::span<const function_entry> statistics_functions() {
    static const std::vector<function_entry> entries = make_entries();
    return entries;
}

}  // namespace historyd::sql
