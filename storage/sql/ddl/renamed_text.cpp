#include "storage/sql/ddl/renamed_text.hpp"

#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/scan.hpp"

namespace historyd::sql {

namespace {

// The name an identifier token stands for: quotes taken off.
std::string unquoted(std::string_view token) {
    if (token.size() < 2 || token.front() != '"') return std::string(token);
    std::string out;
    for (std::size_t i = 1; i + 1 < token.size(); ++i) {
        if (token[i] == '"') ++i;
        out += token[i];
    }
    return out;
}

}  // namespace

std::string renamed_text(const std::string& text, std::string_view from, std::string_view to) {
    const auto tokens = scan(text);
    if (!tokens) return text;
    std::string out;
    std::size_t copied = 0;
    for (std::size_t i = 0; i < tokens->n_tokens; ++i) {
        const auto& token = *tokens->tokens[i];
        const auto start = static_cast<std::size_t>(token.start);
        const auto end = static_cast<std::size_t>(token.end);
        const bool is_name = token.token == PG_QUERY__TOKEN__IDENT ||
                             token.keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD;
        const bool is_type = i > 0 && tokens->tokens[i - 1]->token == PG_QUERY__TOKEN__TYPECAST;
        const bool is_call =
            i + 1 < tokens->n_tokens && tokens->tokens[i + 1]->token == PG_QUERY__TOKEN__ASCII_40;
        if (!is_name || is_type || is_call || end > text.size() ||
            unquoted(std::string_view(text).substr(start, end - start)) != from) {
            continue;
        }
        out += text.substr(copied, start - copied) + quote_identifier(to);
        copied = end;
    }
    return out + text.substr(copied);
}

bool is_named_in(const std::string& text, std::string_view name) {
    return renamed_text(text, name, std::string(name) + "_") != text;
}

}  // namespace historyd::sql
