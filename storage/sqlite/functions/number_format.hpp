#pragma once

#include "storage/sqlite/functions/number_picture.hpp"
#include "storage/types/numeric.hpp"

namespace historyd::sqlite {

// A number as a picture shows it: rounded to the picture's digits, '#' where it does not fit.
// `significant_max`: digits that mean something (15 of a float8, 6 of a float4), 0 for all.
result<std::string> format_number(const types::numeric& v, const number_picture& picture,
                                  int significant_max);

}  // namespace historyd::sqlite
