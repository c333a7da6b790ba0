#pragma once

#include "storage/sqlite/functions/registration.hpp"
#include "storage/sqlite/functions/table_function.hpp"

// The registered functions by family, one file each. Their names are those of
// storage/sql/function_map.

namespace historyd::sqlite {

std::span<const scalar_function> advisory_lock_functions();
std::span<const scalar_function> array_functions();
std::span<const scalar_function> array_search_functions();
std::span<const scalar_function> array_shape_functions();
std::span<const scalar_function> binary_functions();
std::span<const scalar_function> cast_functions();
std::span<const scalar_function> clock_functions();
std::span<const scalar_function> date_arithmetic_functions();
std::span<const scalar_function> date_field_functions();
std::span<const scalar_function> date_make_functions();
std::span<const scalar_function> date_trunc_functions();
std::span<const scalar_function> digest_functions();
std::span<const scalar_function> float_functions();
std::span<const scalar_function> float_math_functions();
std::span<const scalar_function> inet_functions();
std::span<const scalar_function> integer_functions();
std::span<const scalar_function> interval_functions();
std::span<const scalar_function> json_build_functions();
std::span<const scalar_function> json_edit_functions();
std::span<const scalar_function> json_path_functions();
std::span<const scalar_function> json_test_functions();
std::span<const scalar_function> like_functions();
std::span<const scalar_function> notification_functions();
std::span<const scalar_function> numeric_functions();
std::span<const scalar_function> query_functions();
std::span<const scalar_function> quote_functions();
std::span<const scalar_function> raise_functions();
std::span<const scalar_function> random_functions();
std::span<const scalar_function> regex_functions();
std::span<const scalar_function> regex_position_functions();
std::span<const scalar_function> sequence_functions();
std::span<const scalar_function> session_functions();
std::span<const scalar_function> size_functions();
std::span<const scalar_function> text_array_functions();
std::span<const scalar_function> text_functions();
std::span<const scalar_function> text_join_functions();
std::span<const scalar_function> text_part_functions();
std::span<const scalar_function> time_zone_functions();
std::span<const scalar_function> to_char_functions();
std::span<const scalar_function> to_number_functions();
std::span<const scalar_function> to_timestamp_functions();
std::span<const scalar_function> trigonometric_functions();

std::span<const aggregate_function> collecting_aggregates();
std::span<const aggregate_function> json_aggregates();
std::span<const aggregate_function> logical_aggregates();
std::span<const aggregate_function> ordered_set_aggregates();
std::span<const aggregate_function> regression_aggregates();
std::span<const aggregate_function> row_list_aggregates();
std::span<const aggregate_function> sum_aggregates();
std::span<const aggregate_function> variance_aggregates();

std::span<const table_function> json_row_functions();
std::span<const table_function> notification_row_functions();
std::span<const table_function> row_list_functions();
std::span<const table_function> series_functions();
std::span<const table_function> text_row_functions();

inline sql_error float_overflow() {
    return {sqlstate::numeric_value_out_of_range, "value out of range: overflow"};
}
inline sql_error float_underflow() {
    return {sqlstate::numeric_value_out_of_range, "value out of range: underflow"};
}
inline sql_error division_by_zero() { return {sqlstate::division_by_zero, "division by zero"}; }

}  // namespace historyd::sqlite
