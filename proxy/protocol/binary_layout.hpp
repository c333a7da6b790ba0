#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/types/civil_time.hpp"
#include "storage/types/pg_type.hpp"

// What reading and writing the binary formats share.

namespace historyd::protocol {

// PostgreSQL counts dates and timestamps from 2000-01-01.
inline constexpr std::int32_t wire_epoch_day = 10'957;
inline constexpr std::int64_t wire_epoch_us = wire_epoch_day * types::us_per_day;
inline constexpr char jsonb_version = 1;

// Bytes of a fixed-size type. Returns: 0 for a type of any length.
std::size_t wire_size(types::oid type);

// Types whose binary form is their text.
bool is_text_on_wire(types::oid type);

// 0A000. `direction` is "input" or "output".
sql_error no_binary_form(types::oid type, std::string_view direction);

}  // namespace historyd::protocol
