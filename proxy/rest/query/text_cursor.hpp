#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

// PostgREST's interface as text (its documentation, "API" and "Errors"). Everything in query/ is
// pure; errors carry a PGRST code where a SQLSTATE would be.

namespace historyd::rest {

// Reads one parameter's value from left to right.
class text_cursor {
public:
    // `parameter` names it in errors: "filter", "select parameter".
    text_cursor(std::string_view text, std::string_view parameter)
        : text_(text), parameter_(parameter) {}

    bool done() const { return at_ == text_.size(); }
    // The next byte, or zero at the end.
    char peek() const { return done() ? '\0' : text_[at_]; }
    std::string_view rest() const { return text_.substr(at_); }
    void skip(std::size_t bytes) { at_ += bytes; }
    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }
    // Takes the word when it comes next.
    bool take(std::string_view word) {
        if (!rest().starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    // Everything up to the first of `stops`, which stays.
    std::string_view take_until(std::string_view stops) {
        const auto found = rest().substr(0, rest().find_first_of(stops));
        at_ += found.size();
        return found;
    }
    std::size_t mark() const { return at_; }
    void back_to(std::size_t mark) { at_ = mark; }

    // PGRST100: what stands here is not `wanted`.
    sql_error expected(std::string_view wanted) const;
    // PGRST100 with this detail.
    sql_error failure(std::string detail) const;

private:
    std::string_view text_, parameter_;
    std::size_t at_ = 0;
};

}  // namespace historyd::rest
