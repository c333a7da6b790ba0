#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace historyd::sqlite {

// The code point that starts at `at`, which moves behind it. A byte that starts none counts as one.
// Requires: at < text.size().
inline char32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at++);
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (more == 0) return lead;
    char32_t code = lead & (0x3Fu >> more);
    for (int i = 0; i < more && at < text.size() && (byte(at) & 0xC0u) == 0x80u; ++i) {
        code = (code << 6) | (byte(at++) & 0x3Fu);
    }
    return code;
}

inline std::vector<char32_t> code_points(std::string_view text) {
    std::vector<char32_t> out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
    return out;
}

// Bytes of the character that starts at `at`. Requires: at < text.size().
inline std::size_t character_bytes(std::string_view text, std::size_t at) {
    const auto start = at;
    next_code_point(text, at);
    return at - start;
}

inline bool is_ascii(std::string_view text) {
    for (const char ch : text) {
        if (static_cast<unsigned char>(ch) >= 0x80) return false;
    }
    return true;
}

}  // namespace historyd::sqlite
