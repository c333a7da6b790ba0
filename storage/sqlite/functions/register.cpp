#include "storage/sqlite/functions/register.hpp"

#include "storage/sqlite/functions/collations.hpp"
#include "storage/sqlite/functions/families.hpp"

namespace historyd::sqlite {

result<void> register_functions(database& db) {
    for (const auto family : {
             advisory_lock_functions(), array_functions(),
             array_search_functions(),  array_shape_functions(),
             binary_functions(),        cast_functions(),
             clock_functions(),         date_arithmetic_functions(),
             date_field_functions(),    date_make_functions(),
             date_trunc_functions(),    digest_functions(),
             float_functions(),         float_math_functions(),
             inet_functions(),          integer_functions(),
             interval_functions(),      json_build_functions(),
             json_edit_functions(),     json_path_functions(),
             json_test_functions(),     like_functions(),
             notification_functions(),  numeric_functions(),
             query_functions(),         quote_functions(),
             raise_functions(),         random_functions(),
             regex_functions(),         regex_position_functions(),
             sequence_functions(),      session_functions(),
             size_functions(),          text_array_functions(),
             text_functions(),          text_join_functions(),
             text_part_functions(),     time_zone_functions(),
             to_char_functions(),       to_number_functions(),
             to_timestamp_functions(),  trigonometric_functions(),
         }) {
        if (auto ok = add_functions(db, family); !ok) return ok;
    }
    for (const auto family : {
             collecting_aggregates(),
             json_aggregates(),
             logical_aggregates(),
             ordered_set_aggregates(),
             regression_aggregates(),
             row_list_aggregates(),
             sum_aggregates(),
             variance_aggregates(),
         }) {
        if (auto ok = add_functions(db, family); !ok) return ok;
    }
    for (const auto family : {
             json_row_functions(),
             notification_row_functions(),
             row_list_functions(),
             series_functions(),
             text_row_functions(),
         }) {
        if (auto ok = add_functions(db, family); !ok) return ok;
    }
    return add_collations(db);
}

}  // namespace historyd::sqlite
