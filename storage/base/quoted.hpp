#pragma once

#include <string>
#include <string_view>

// As SQLite and PostgreSQL both read it, with standard_conforming_strings on.

namespace historyd {

namespace detail {
inline std::string quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    return out + quote;
}
}  // namespace detail

// An identifier, a string.
inline std::string quote_name(std::string_view name) { return detail::quoted(name, '"'); }
inline std::string quote_text(std::string_view text) { return detail::quoted(text, '\''); }

}  // namespace historyd
