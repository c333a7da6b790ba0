#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

namespace {

constexpr std::size_t canonical_length = 36;
constexpr char hex[] = "0123456789abcdef";

constexpr bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

bool is_canonical_uuid(std::string_view text) {
    if (text.size() != canonical_length) return false;
    for (std::size_t i = 0; i < canonical_length; ++i) {
        const char c = text[i];
        if (is_dash_position(i) ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

result<std::string> parse_uuid(std::string_view text) {
    if (is_canonical_uuid(text)) return std::string(text);

    std::string_view s = text;
    const bool braces = s.starts_with('{');
    if (braces) s.remove_prefix(1);
    std::string canonical;
    canonical.reserve(canonical_length);
    for (int digits = 0; digits < 32; ++digits) {
        // A dash may follow any group of four digits but the last.
        if (digits > 0 && digits % 4 == 0 && s.starts_with('-')) s.remove_prefix(1);
        if (s.empty() || hex_digit(s.front()) < 0) return invalid_syntax("uuid", text);
        if (is_dash_position(canonical.size())) canonical += '-';
        canonical += to_lower(s.front());
        s.remove_prefix(1);
    }
    if (braces && s != "}") return invalid_syntax("uuid", text);
    if (!braces && !s.empty()) return invalid_syntax("uuid", text);
    return canonical;
}

void append_uuid_bytes(std::string_view canonical, std::string& out) {
    for (std::size_t i = 0; i + 1 < canonical.size(); i += 2) {
        if (is_dash_position(i)) ++i;
        out += static_cast<char>(hex_digit(canonical[i]) << 4 | hex_digit(canonical[i + 1]));
    }
}

void append_uuid_text(std::string_view bytes, std::string& out) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        const auto b = static_cast<unsigned char>(bytes[i]);
        out += hex[b >> 4];
        out += hex[b & 15];
    }
}

}  // namespace historyd::types
