#pragma once

#include "storage/types/numeric.hpp"

// Roots, powers and logarithms of numeric, with the result scales PostgreSQL chooses.

namespace historyd::types {

result<numeric> square_root(const numeric& a);  // 2201F when negative
result<numeric> exponential(const numeric& a);
result<numeric> natural_logarithm(const numeric& a);               // 2201E
result<numeric> logarithm(const numeric& base, const numeric& a);  // log(b, x); log(x) is base 10
result<numeric> power(const numeric& base, const numeric& exponent);  // 2201F

}  // namespace historyd::types
