#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::sqlite {

// A to_char()/to_number() template for numbers (PostgreSQL documentation, "Data Type Formatting
// Functions", numeric patterns).
struct number_picture {
    enum class item_kind : std::uint8_t {
        nine,
        zero,
        point,
        group,
        currency,
        sign,
        minus,
        plus,
        plus_minus,
        angle,
        multiply,
        ordinal,
        roman,
        exponent,
        literal
    };
    struct item {
        item_kind kind;
        bool lower = false;  // th, rn
        std::string text{};  // literal
    };

    std::vector<item> items;
    bool fill_mode = false;  // FM
    int digits_before = 0, digits_after = 0;
    int multiplier = 0;  // digits after V
    bool has_point = false, has_exponent = false, has_roman = false;
    bool has_sign = false, sign_leads = false;  // S, and whether it stands before the digits
    bool has_own_sign = false;  // MI, SG or PR: no sign is put before the first digit
    bool has_angle = false;
    int first_zero = -1;       // among the digits before the point; -1: none
    int last_zero_after = -1;  // among those after it

    // Errors: 42601.
    static result<number_picture> parse(std::string_view text);
};

}  // namespace historyd::sqlite
