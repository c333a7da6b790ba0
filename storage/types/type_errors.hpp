#pragma once

#include <string>

#include "storage/base/sql_error.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::types {

// A type's name in messages: format_type() without a modifier.
inline std::string display_name(oid type) {
    const auto* info = find_type(type);
    return info != nullptr ? std::string(info->display_name) : "???";
}

// A stored value that is not what its column's type says (XX001).
inline sql_error not_storage_form(oid type) {
    return {sqlstate::data_corrupted, "stored value cannot be read as type " + display_name(type)};
}

inline sql_error cannot_cast(oid from, oid to) {
    return {sqlstate::cannot_coerce,
            "cannot cast type " + display_name(from) + " to " + display_name(to)};
}

inline sql_error number_out_of_range(oid type) {
    return {sqlstate::numeric_value_out_of_range, display_name(type) + " out of range"};
}

}  // namespace historyd::types
