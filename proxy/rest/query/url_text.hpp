#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::rest {

using parameters = std::vector<std::pair<std::string, std::string>>;

// %41 and, in a query, + for a blank. A % that begins no pair of digits stays.
std::string percent_decode(std::string_view text, bool plus_is_blank);
std::string percent_encode(std::string_view text);
// a=1&b=2, in order. Errors: PGRST100 for what is no UTF-8 or holds a zero byte.
result<parameters> parse_query_string(std::string_view query);

}  // namespace historyd::rest
