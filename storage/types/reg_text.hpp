#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/types/type_io.hpp"

// The types regclass, regtype and the like: OIDs that are read and printed as names.

namespace historyd::types {

bool is_reg_type(oid type);

// A number, "-" for 0, or a name. Errors: 42P01, 42704, 42883, 3F000 for a name nobody knows.
result<std::int64_t> reg_in(oid reg_type, std::string_view text, const io_settings& settings);
void reg_out(oid reg_type, std::int64_t object, const io_settings& settings, std::string& out);

}  // namespace historyd::types
