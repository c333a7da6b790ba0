#pragma once

#include <string>

#include "storage/base/sql_error.hpp"

namespace historyd::rest {

// The status of an error, by its SQLSTATE or PGRST code (PostgREST's documentation, "Errors").
unsigned error_status(const sql_error& error);
// {"code":..,"details":..,"hint":..,"message":..}
std::string error_body(const sql_error& error);

}  // namespace historyd::rest
