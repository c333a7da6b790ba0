#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace historyd::sql::testing {

inline std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

}  // namespace historyd::sql::testing
