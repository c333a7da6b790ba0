#include "storage/sqlite/functions/letter_case.hpp"

#include <locale.h>
#include <cwctype>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::sqlite {
namespace {

locale_t utf8_locale() {
    static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
}

bool is_ascii_upper(char32_t c) { return c >= U'A' && c <= U'Z'; }
bool is_ascii_lower(char32_t c) { return c >= U'a' && c <= U'z'; }

template <char32_t (*Map)(char32_t)>
std::string mapped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        types::append_utf8(Map(next_code_point(text, at)), out);
    }
    return out;
}

}  // namespace

char32_t to_lower(char32_t code) {
    if (code < 0x80) return is_ascii_upper(code) ? code + 32 : code;
    const auto locale = utf8_locale();
    return locale == nullptr ? code
                             : static_cast<char32_t>(towlower_l(static_cast<wint_t>(code), locale));
}

char32_t to_upper(char32_t code) {
    if (code < 0x80) return is_ascii_lower(code) ? code - 32 : code;
    const auto locale = utf8_locale();
    return locale == nullptr ? code
                             : static_cast<char32_t>(towupper_l(static_cast<wint_t>(code), locale));
}

bool is_alphanumeric(char32_t code) {
    if (code < 0x80) {
        return is_ascii_lower(code) || is_ascii_upper(code) || (code >= U'0' && code <= U'9');
    }
    const auto locale = utf8_locale();
    return locale != nullptr && iswalnum_l(static_cast<wint_t>(code), locale) != 0;
}

std::string lower_text(std::string_view text) { return mapped<to_lower>(text); }
std::string upper_text(std::string_view text) { return mapped<to_upper>(text); }

}  // namespace historyd::sqlite
