#include "proxy/rest/query/url_text.hpp"

#include "storage/types/input_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::rest {

namespace {

result<std::string> decoded(std::string_view text) {
    auto out = percent_decode(text, true);
    if (!types::check_utf8(out)) {
        return sql_error("PGRST100", "the query string is no valid UTF-8 text");
    }
    return out;
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%' && text.size() - i > 2 && types::hex_digit(text[i + 1]) >= 0 &&
            types::hex_digit(text[i + 2]) >= 0) {
            out.push_back(static_cast<char>(types::hex_digit(text[i + 1]) * 16 +
                                            types::hex_digit(text[i + 2])));
            i += 2;
        } else {
            out.push_back(c == '+' && plus_is_blank ? ' ' : c);
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.' || c == '~') {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 15]);
        }
    }
    return out;
}

result<parameters> parse_query_string(std::string_view query) {
    parameters out;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals));
        if (!name) return name.error();
        auto text = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!text) return text.error();
        out.emplace_back(std::move(*name), std::move(*text));
    }
    return out;
}

}  // namespace historyd::rest
