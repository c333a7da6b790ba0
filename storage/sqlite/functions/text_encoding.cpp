#include "storage/sqlite/functions/text_encoding.hpp"

#include <array>
#include <cstdint>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/letter_case.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::sqlite {
namespace {

sql_error invalid(std::string message) {
    return {sqlstate::invalid_parameter_value, std::move(message)};
}

sql_error unrecognized(std::string_view format) {
    return invalid("unrecognized encoding: \"" + std::string(format) + "\"");
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string character_at(std::string_view text, std::size_t at) {
    return std::string(text.substr(at, character_bytes(text, at)));
}

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Lines of 76 characters, as MIME wants them; PostgreSQL ends the last one too when it is full of
// whole groups.
std::string to_base64(std::string_view bytes) {
    std::string out;
    std::size_t line = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto chunk = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = (bits << 8) | (i < chunk.size() ? static_cast<unsigned char>(chunk[i]) : 0u);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= chunk.size() ? base64_digits[(bits >> (18 - 6 * i)) & 63u] : '=';
        }
        line += 4;
        if (line >= 76 && chunk.size() == 3) {
            out += '\n';
            line = 0;
        }
    }
    return out;
}

result<std::string> from_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int digits = 0, padding = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char ch = text[at];
        if (is_space(ch)) continue;
        std::uint32_t digit = 0;
        if (ch == '=') {
            if (padding == 0 && digits < 2) {
                return invalid("unexpected \"=\" while decoding base64 sequence");
            }
            ++padding;
        } else {
            const auto found = base64_digits.find(ch);
            if (found == std::string_view::npos || padding != 0) {
                return invalid("invalid symbol \"" + character_at(text, at) +
                               "\" found while decoding base64 sequence");
            }
            digit = static_cast<std::uint32_t>(found);
        }
        bits = (bits << 6) | digit;
        if (++digits < 4) continue;
        out += static_cast<char>(bits >> 16);
        if (padding < 2) out += static_cast<char>(bits >> 8);
        if (padding < 1) out += static_cast<char>(bits);
        bits = 0;
        digits = 0;
        padding = 0;
    }
    if (digits != 0) {
        return invalid("invalid base64 end sequence")
            .with_hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
    }
    return out;
}

result<std::string> from_hex(std::string_view text) {
    std::string out;
    int high = -1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_space(text[at])) continue;
        const int digit = types::hex_digit(text[at]);
        if (digit < 0) {
            return invalid("invalid hexadecimal digit: \"" + character_at(text, at) + "\"");
        }
        if (high < 0) {
            high = digit;
        } else {
            out += static_cast<char>(high * 16 + digit);
            high = -1;
        }
    }
    if (high >= 0) return invalid("invalid hexadecimal data: odd number of digits");
    return out;
}

// decode(…, 'escape'): \ooo and \\ only, where bytea's input would also take \x….
result<std::string> from_escape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '\\') {
            out += text[at++];
            continue;
        }
        const auto rest = text.substr(at + 1, 3);
        const auto octal = [&](std::size_t i, char highest) {
            return rest.size() == 3 && rest[i] >= '0' && rest[i] <= highest;
        };
        if (octal(0, '3') && octal(1, '7') && octal(2, '7')) {
            out += static_cast<char>((rest[0] - '0') * 64 + (rest[1] - '0') * 8 + (rest[2] - '0'));
            at += 4;
        } else if (rest.starts_with('\\')) {
            out += '\\';
            at += 2;
        } else {
            return sql_error(sqlstate::invalid_text_representation,
                             "invalid input syntax for type bytea");
        }
    }
    return out;
}

// encode(…, 'escape'): only NUL, bytes above 127 and the backslash are written as escapes.
std::string to_escape(std::string_view bytes) {
    std::string out;
    for (const char b : bytes) {
        const auto code = static_cast<unsigned char>(b);
        if (code == 0 || code >= 0x80) {
            out += '\\';
            out += static_cast<char>('0' + (code >> 6));
            out += static_cast<char>('0' + ((code >> 3) & 7));
            out += static_cast<char>('0' + (code & 7));
        } else {
            if (b == '\\') out += '\\';
            out += b;
        }
    }
    return out;
}

// Windows-1252 from 0x80 to 0x9F; 0 where it has no character.
constexpr std::array<char16_t, 32> windows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

char32_t unicode_of(unsigned char byte, character_set set) {
    if (set == character_set::windows1252 && byte >= 0x80 && byte < 0xA0) {
        return windows1252[byte - 0x80u];
    }
    if (set == character_set::latin9) {
        switch (byte) {
            case 0xA4:
                return 0x20AC;
            case 0xA6:
                return 0x0160;
            case 0xA8:
                return 0x0161;
            case 0xB4:
                return 0x017D;
            case 0xB8:
                return 0x017E;
            case 0xBC:
                return 0x0152;
            case 0xBD:
                return 0x0153;
            case 0xBE:
                return 0x0178;
            default:
                break;
        }
    }
    return byte;
}

std::string_view set_name(character_set set) {
    switch (set) {
        case character_set::latin1:
            return "LATIN1";
        case character_set::latin9:
            return "LATIN9";
        case character_set::windows1252:
            return "WIN1252";
        default:
            return "UTF8";
    }
}

std::string hex_bytes(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char b : bytes) {
        if (!out.empty()) out += ' ';
        out += "0x";
        out += digits[static_cast<unsigned char>(b) >> 4];
        out += digits[static_cast<unsigned char>(b) & 15];
    }
    return out;
}

sql_error no_equivalent(std::string_view bytes, std::string_view from, std::string_view to) {
    return {sqlstate::untranslatable_character,
            "character with byte sequence " + hex_bytes(bytes) + " in encoding \"" +
                std::string(from) + "\" has no equivalent in encoding \"" + std::string(to) + "\""};
}

}  // namespace

result<std::string> encode_bytes(std::string_view bytes, std::string_view format) {
    const auto name = lower_text(format);
    if (name == "hex") {
        std::string out;
        types::format_bytea_hex(bytes, out);
        return out.substr(2);
    }
    if (name == "base64") return to_base64(bytes);
    if (name == "escape") return to_escape(bytes);
    return unrecognized(format);
}

result<std::string> decode_text(std::string_view text, std::string_view format) {
    const auto name = lower_text(format);
    if (name == "hex") return from_hex(text);
    if (name == "base64") return from_base64(text);
    if (name == "escape") return from_escape(text);
    return unrecognized(format);
}

std::optional<character_set> find_character_set(std::string_view name) {
    std::string key;
    for (const char ch : lower_text(name)) {
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')) key += ch;
    }
    if (key == "utf8" || key == "unicode") return character_set::utf8;
    if (key == "latin1" || key == "iso88591") return character_set::latin1;
    if (key == "latin9" || key == "iso885915") return character_set::latin9;
    if (key == "win1252" || key == "windows1252") return character_set::windows1252;
    if (key == "sqlascii") return character_set::sql_ascii;
    return std::nullopt;
}

result<std::string> to_utf8(std::string_view bytes, character_set from) {
    if (from == character_set::utf8 || from == character_set::sql_ascii) {
        if (auto ok = types::check_utf8(bytes); !ok) return ok.error();
        return std::string(bytes);
    }
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto code = unicode_of(static_cast<unsigned char>(bytes[at]), from);
        if (bytes[at] == '\0') {
            return sql_error(
                sqlstate::character_not_in_repertoire,
                "invalid byte sequence for encoding \"" + std::string(set_name(from)) + "\": 0x00");
        }
        if (code == 0) return no_equivalent(bytes.substr(at, 1), set_name(from), "UTF8");
        types::append_utf8(code, out);
    }
    return out;
}

result<std::string> from_utf8(std::string_view text, character_set to) {
    if (to == character_set::utf8 || to == character_set::sql_ascii) return std::string(text);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        const auto code = next_code_point(text, at);
        int byte = -1;
        for (int candidate = 0; candidate < 256 && byte < 0; ++candidate) {
            if (unicode_of(static_cast<unsigned char>(candidate), to) == code) byte = candidate;
        }
        if (byte < 0) return no_equivalent(text.substr(start, at - start), "UTF8", set_name(to));
        out += static_cast<char>(byte);
    }
    return out;
}

}  // namespace historyd::sqlite
