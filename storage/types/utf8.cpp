#include "storage/types/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace historyd::types {

namespace {

using byte = unsigned char;

// The length the first byte announces; 1 for a byte that cannot be first.
std::size_t announced_length(byte first) {
    if (first < 0x80) return 1;
    if ((first & 0xE0) == 0xC0) return 2;
    if ((first & 0xF0) == 0xE0) return 3;
    if ((first & 0xF8) == 0xF0) return 4;
    return 1;
}

bool is_continuation(byte b) { return (b & 0xC0) == 0x80; }

// Whether `length` bytes at `s` are one well-formed character: no overlong forms, no surrogates,
// nothing above U+10FFFF.
bool is_well_formed(const byte* s, std::size_t length) {
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(s[i])) return false;
    }
    switch (length) {
        case 1:
            return s[0] != 0 && s[0] < 0x80;
        case 2:
            return s[0] >= 0xC2;
        case 3:
            if (s[0] == 0xE0) return s[1] >= 0xA0;
            if (s[0] == 0xED) return s[1] <= 0x9F;
            return true;
        default:
            if (s[0] == 0xF0) return s[1] >= 0x90;
            if (s[0] == 0xF4) return s[1] <= 0x8F;
            return s[0] < 0xF4;
    }
}

sql_error invalid_sequence(std::string_view rest) {
    constexpr char digits[] = "0123456789abcdef";
    std::string message = "invalid byte sequence for encoding \"UTF8\":";
    const auto length = announced_length(static_cast<byte>(rest.front()));
    for (const char c : rest.substr(0, length)) {
        const auto b = static_cast<byte>(c);
        message += " 0x";
        message += digits[b >> 4];
        message += digits[b & 15];
    }
    return {sqlstate::character_not_in_repertoire, std::move(message)};
}

}  // namespace

result<void> check_utf8(std::string_view text) {
    const auto* s = reinterpret_cast<const byte*>(text.data());
    const std::size_t size = text.size();
    std::size_t i = 0;
    while (i < size) {
        // Eight ASCII characters at a time: no high bit, and no zero byte.
        if (size - i >= 8) {
            std::uint64_t word;
            std::memcpy(&word, s + i, 8);
            constexpr std::uint64_t high = 0x8080808080808080, low = 0x0101010101010101;
            if (((word | (word - low)) & high) == 0) {
                i += 8;
                continue;
            }
        }
        const std::size_t length = announced_length(s[i]);
        if (length > size - i || !is_well_formed(s + i, length)) {
            return invalid_sequence(text.substr(i));
        }
        i += length;
    }
    return {};
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return !is_continuation(static_cast<byte>(c)); }));
}

std::size_t prefix_bytes(std::string_view text, std::size_t characters) {
    std::size_t i = 0;
    while (characters > 0 && i < text.size()) {
        i += announced_length(static_cast<byte>(text[i]));
        --characters;
    }
    return std::min(i, text.size());
}

void append_utf8(char32_t code_point, std::string& out) {
    const auto put = [&out](char32_t b) { out += static_cast<char>(b); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | (code_point >> 6));
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | (code_point >> 12));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | (code_point >> 18));
        put(0x80 | ((code_point >> 12) & 0x3F));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

}  // namespace historyd::types
