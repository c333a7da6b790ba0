#pragma once

#include <string>

#include "storage/base/sql_error.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::types {

// A stored value that is not what its column's type says (XX001).
inline sql_error not_storage_form(oid type) {
    return {sqlstate::data_corrupted,
            "stored value cannot be read as type " + format_type({type, -1})};
}

inline sql_error cannot_cast(oid from, oid to) {
    return {sqlstate::cannot_coerce, "cannot cast type " + format_type({from, -1}) + " to " +
                                         format_type({to, -1})};
}

inline sql_error number_out_of_range(oid type) {
    return {sqlstate::numeric_value_out_of_range, format_type({type, -1}) + " out of range"};
}

}  // namespace historyd::types
