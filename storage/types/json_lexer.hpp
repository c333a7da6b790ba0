#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::types {

enum class json_token : std::uint8_t {
    end,
    object_begin,
    object_end,
    array_begin,
    array_end,
    comma,
    colon,
    string,
    number,
    true_,
    false_,
    null
};

// Takes JSON text apart. Its errors are PostgreSQL's, with the detail and the context line.
class json_lexer {
public:
    // With `resolve_escapes` strings are decoded into string_value(), and escapes that stand for no
    // character are errors; else only their syntax is checked.
    json_lexer(std::string_view text, bool resolve_escapes)
        : text_(text), resolve_escapes_(resolve_escapes) {}

    // Moves to the next token.
    result<void> advance();

    json_token current() const { return current_; }
    std::string_view token() const { return text_.substr(start_, end_ - start_); }
    std::string& string_value() { return string_value_; }

    // "Expected <what>, but found ...", or that the input ended.
    sql_error unexpected(std::string_view what) const;

private:
    char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
    void skip_blanks();
    result<void> take_string();
    result<void> take_escape(std::size_t& i);
    result<void> take_unicode_escape(std::size_t& i);
    result<void> take_number();
    result<void> take_word();
    result<void> take_character(json_token t);
    sql_error error_at(std::size_t end, std::string detail,
                       std::string_view state = sqlstate::invalid_text_representation,
                       std::string message = "invalid input syntax for type json");
    sql_error low_surrogate_missing(std::size_t end);
    std::string context(std::size_t end) const;

    const std::string_view text_;
    const bool resolve_escapes_;
    json_token current_ = json_token::end;
    std::size_t start_ = 0, end_ = 0;
    std::size_t line_ = 1, line_start_ = 0;
    std::optional<char32_t> high_surrogate_;
    std::string string_value_;
};

}  // namespace historyd::types
