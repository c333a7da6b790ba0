#pragma once

#include <string>

namespace historyd::catalog {

// Integers as an array in storage form: {1,2}; as a vector type, whose lower bound is 0:
// [0:1]={1,2}.
template <class Range>
std::string array_literal(const Range& numbers) {
    std::string out = "{";
    for (const auto& number : numbers) {
        if (out.size() > 1) out += ',';
        out += std::to_string(number);
    }
    return out + "}";
}

template <class Range>
std::string vector_literal(const Range& numbers) {
    if (numbers.empty()) return "{}";
    return "[0:" + std::to_string(numbers.size() - 1) + "]=" + array_literal(numbers);
}

}  // namespace historyd::catalog
