#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/postgres/target.hpp"

namespace historyd::postgres {

// What libpq said when it could not connect (PQERRORS_VERBOSE), with its SQLSTATE where the server
// sent one, and a hint in plain words for what users meet most. Pure.
sql_error connect_error(std::string_view libpq_message, const target& t);

}  // namespace historyd::postgres
