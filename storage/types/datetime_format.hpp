#pragma once

#include <cstdint>
#include <string>

#include "storage/types/datetime_storage.hpp"
#include "storage/types/type_io.hpp"

// PostgreSQL's date/time output in every DateStyle. Appends to `out`.

namespace historyd::types {

void format_timestamp(std::int64_t us, const io_settings& settings, std::string& out);
void format_timestamptz(std::int64_t us, const io_settings& settings, std::string& out);
void format_date(std::int32_t day, const io_settings& settings, std::string& out);
void format_time(std::int64_t us, std::string& out);
void format_timetz(zoned_time t, std::string& out);

}  // namespace historyd::types
