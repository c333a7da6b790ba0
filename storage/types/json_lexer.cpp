#include "storage/types/json_lexer.hpp"

#include <algorithm>

#include "storage/types/input_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::types {

namespace {

bool is_word_character(char c) {
    return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

constexpr bool is_high_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDBFF; }
constexpr bool is_low_surrogate(char32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }

}  // namespace

void json_lexer::skip_blanks() {
    while (end_ < text_.size()) {
        const char c = text_[end_];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') break;
        ++end_;
        if (c == '\n') {
            ++line_;
            line_start_ = end_;
        }
    }
}

result<void> json_lexer::advance() {
    skip_blanks();
    start_ = end_;
    if (start_ == text_.size()) {
        current_ = json_token::end;
        return {};
    }
    const char c = text_[start_];
    switch (c) {
        case '{':
            return take_character(json_token::object_begin);
        case '}':
            return take_character(json_token::object_end);
        case '[':
            return take_character(json_token::array_begin);
        case ']':
            return take_character(json_token::array_end);
        case ',':
            return take_character(json_token::comma);
        case ':':
            return take_character(json_token::colon);
        case '"':
            return take_string();
        default:
            return c == '-' || is_digit(c) ? take_number() : take_word();
    }
}

result<void> json_lexer::take_character(json_token t) {
    end_ = start_ + 1;
    current_ = t;
    return {};
}

result<void> json_lexer::take_string() {
    string_value_.clear();
    high_surrogate_.reset();
    std::size_t i = start_ + 1;
    for (;; ++i) {
        if (i >= text_.size()) {
            end_ = text_.size();
            return error_at(end_, "Token \"" + std::string(token()) + "\" is invalid.");
        }
        const char c = text_[i];
        if (c == '\\') {
            if (auto r = take_escape(i); !r) return r;
            continue;
        }
        if (high_surrogate_) return low_surrogate_missing(i + 1);
        if (c == '"') break;
        if (static_cast<unsigned char>(c) < 0x20) {
            constexpr char hex[] = "0123456789abcdef";
            const std::string code{hex[c >> 4], hex[c & 15]};
            return error_at(i, "Character with value 0x" + code + " must be escaped.");
        }
        if (resolve_escapes_) string_value_ += c;
    }
    end_ = i + 1;
    current_ = json_token::string;
    return {};
}

// `i` is at the backslash, and is left at the escape's last character.
result<void> json_lexer::take_escape(std::size_t& i) {
    ++i;
    if (i >= text_.size()) {
        end_ = text_.size();
        return error_at(end_, "Token \"" + std::string(token()) + "\" is invalid.");
    }
    if (text_[i] == 'u') return take_unicode_escape(i);
    if (high_surrogate_) return low_surrogate_missing(i + 1);
    char plain = text_[i];
    switch (plain) {
        case '"':
        case '\\':
        case '/':
            break;
        case 'b':
            plain = '\b';
            break;
        case 'f':
            plain = '\f';
            break;
        case 'n':
            plain = '\n';
            break;
        case 'r':
            plain = '\r';
            break;
        case 't':
            plain = '\t';
            break;
        default: {
            const auto character = text_.substr(i, prefix_bytes(text_.substr(i), 1));
            return error_at(i + character.size(),
                            "Escape sequence \"\\" + std::string(character) + "\" is invalid.");
        }
    }
    if (resolve_escapes_) string_value_ += plain;
    return {};
}

result<void> json_lexer::take_unicode_escape(std::size_t& i) {
    char32_t code = 0;
    for (int digit = 0; digit < 4; ++digit) {
        ++i;
        const int v = i < text_.size() ? hex_digit(text_[i]) : -1;
        if (v < 0) {
            return error_at(std::min(i + 1, text_.size()),
                            "\"\\u\" must be followed by four hexadecimal digits.");
        }
        code = code << 4 | static_cast<char32_t>(v);
    }
    if (!resolve_escapes_) return {};
    if (code == 0) {
        return error_at(i + 1, "\\u0000 cannot be converted to text.",
                        sqlstate::untranslatable_character, "unsupported Unicode escape sequence");
    }
    if (is_high_surrogate(code)) {
        if (high_surrogate_) {
            return error_at(i + 1, "Unicode high surrogate must not follow a high surrogate.");
        }
        high_surrogate_ = code;
        return {};
    }
    if (is_low_surrogate(code)) {
        if (!high_surrogate_) return low_surrogate_missing(i + 1);
        code = 0x10000 + ((*high_surrogate_ & 0x3FF) << 10) + (code & 0x3FF);
        high_surrogate_.reset();
    } else if (high_surrogate_) {
        return low_surrogate_missing(i + 1);
    }
    append_utf8(code, string_value_);
    return {};
}

sql_error json_lexer::low_surrogate_missing(std::size_t end) {
    return error_at(end, "Unicode low surrogate must follow a high surrogate.");
}

result<void> json_lexer::take_number() {
    std::size_t i = start_;
    bool bad = false;
    const auto digits = [&] {
        const std::size_t from = i;
        while (is_digit(at(i))) ++i;
        return i > from;
    };
    if (at(i) == '-') ++i;
    if (at(i) == '0') {
        ++i;
    } else {
        bad = !digits();
    }
    if (!bad && at(i) == '.') {
        ++i;
        bad = !digits();
    }
    if (!bad && to_lower(at(i)) == 'e') {
        ++i;
        if (at(i) == '+' || at(i) == '-') ++i;
        bad = !digits();
    }
    // Whatever is glued to the number makes all of it one bad token.
    while (i < text_.size() && is_word_character(text_[i])) {
        bad = true;
        ++i;
    }
    end_ = i;
    if (bad) return error_at(end_, "Token \"" + std::string(token()) + "\" is invalid.");
    current_ = json_token::number;
    return {};
}

result<void> json_lexer::take_word() {
    end_ = start_;
    while (end_ < text_.size() && is_word_character(text_[end_])) ++end_;
    if (end_ == start_) ++end_;
    const auto word = token();
    if (word == "true") {
        current_ = json_token::true_;
    } else if (word == "false") {
        current_ = json_token::false_;
    } else if (word == "null") {
        current_ = json_token::null;
    } else {
        return error_at(end_, "Token \"" + std::string(word) + "\" is invalid.");
    }
    return {};
}

sql_error json_lexer::unexpected(std::string_view what) const {
    sql_error error(sqlstate::invalid_text_representation, "invalid input syntax for type json");
    if (current_ == json_token::end) {
        error.detail = "The input string ended unexpectedly.";
    } else {
        error.detail = "Expected ";
        error.detail.append(what).append(", but found \"").append(token()).append("\".");
    }
    error.where = context(end_);
    return error;
}

sql_error json_lexer::error_at(std::size_t end, std::string detail, std::string_view state,
                               std::string message) {
    sql_error error(state, std::move(message));
    error.detail = std::move(detail);
    error.where = context(end);
    return error;
}

// "JSON data, line 3: ...": the line up to the offending token, its last fifty bytes.
std::string json_lexer::context(std::size_t end) const {
    constexpr std::size_t shown_max = 50, worth_hiding = 3;
    std::size_t from = line_start_;
    while (end - from >= shown_max) from += prefix_bytes(text_.substr(from), 1);
    if (from - line_start_ <= worth_hiding) from = line_start_;
    const bool more = current_ != json_token::end && end < text_.size() && text_[end] != '\n' &&
                      text_[end] != '\r';
    std::string out = "JSON data, line " + std::to_string(line_) + ": ";
    if (from > line_start_) out += "...";
    out.append(text_.substr(from, end - from));
    if (more) out += "...";
    return out;
}

}  // namespace historyd::types
