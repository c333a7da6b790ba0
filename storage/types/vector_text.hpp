#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/types/pg_type.hpp"

// int2vector and oidvector: arrays with lower bound 0 whose external form is "1 2 3".

namespace historyd::types {

result<std::string> vector_in(oid type, std::string_view text);
// Also takes the external form: it is printed as it is.
result<void> vector_out(std::string_view stored, std::string& out);

}  // namespace historyd::types
