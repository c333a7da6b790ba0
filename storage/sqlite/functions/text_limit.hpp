#pragma once

#include <cstddef>

#include "storage/base/sql_error.hpp"

namespace historyd::sqlite {

// What a function may make in one piece: PostgreSQL's limit of a datum, which is also near
// SQLite's.
inline constexpr std::size_t text_bytes_max = 0x3FFF'FFFB;

inline sql_error text_too_long() {
    return {sqlstate::program_limit_exceeded, "requested length too large"};
}

}  // namespace historyd::sqlite
