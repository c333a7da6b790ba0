#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/number_picture.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"
#include "storage/types/numeric_math.hpp"

// to_number(): a text read by a picture.

namespace historyd::sqlite {
namespace {

using kind = number_picture::item_kind;

// Follows the picture through the text; only digits, the point and the sign are kept.
class number_reader {
public:
    number_reader(std::string_view text, const number_picture& picture)
        : rest_(text), picture_(picture) {}

    result<value> run() {
        for (const auto& item : picture_.items) {
            if (rest_.empty()) break;
            read(item);
        }
        if (digits_.ends_with('.')) digits_.pop_back();
        const auto number = (negative_         ? "-"
                             : has_sign_       ? "+"
                             : digits_.empty() ? " "
                                               : "") +
                            digits_;
        auto parsed = types::numeric::parse(number);
        if (!parsed || parsed->is_nan()) {
            return sql_error(sqlstate::invalid_text_representation,
                             "invalid input syntax for type numeric: \"" + number + "\"");
        }
        const int precision = picture_.digits_before + digits_after_;
        parsed = types::apply_numeric_typmod(*parsed, ((precision << 16) | digits_after_) + 4);
        if (!parsed || picture_.multiplier == 0) return numeric_value(parsed);
        const auto fraction =
            types::power(types::numeric(10), types::numeric(-picture_.multiplier));
        return numeric_value(fraction ? types::multiply(*parsed, *fraction) : fraction);
    }

private:
    bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    void skip() { rest_.remove_prefix(rest_.empty() ? 0 : character_bytes(rest_, 0)); }
    bool has_read_any() const { return digits_before_ + digits_after_ > 0; }

    bool take_sign() {
        if (!at('+') && !at('-') && !(picture_.has_angle && at('<'))) return false;
        has_sign_ = true;
        negative_ = !at('+');
        skip();
        return true;
    }

    // A place for a digit, which the point, or a sign before or behind all digits, may take.
    void read_digit() {
        if (at(' ')) skip();
        if (!has_sign_ && !has_read_any()) take_sign();
        if (rest_.empty()) return;
        bool taken = false;
        if (at_digit()) {
            if (point_read_ && digits_after_ == picture_.digits_after) return skip();
            digits_ += rest_.front();
            ++(point_read_ ? digits_after_ : digits_before_);
            taken = true;
        } else if (at('.') && picture_.has_point && !point_read_) {
            digits_ += '.';
            point_read_ = taken = true;
        }
        if (has_sign_ || !has_read_any()) return skip();
        const bool is_last = taken && rest_.size() > 1 && (rest_[1] < '0' || rest_[1] > '9');
        if (picture_.has_sign && is_last) {
            skip();
            if (!take_sign()) return;
        } else if (!taken && !picture_.has_sign && picture_.has_own_sign && (at('-') || at('+'))) {
            take_sign();
        } else {
            skip();
        }
    }

    // What stands for something else than digits is passed over, but never a part of the number.
    void skip_foreign(int count) {
        constexpr std::string_view of_a_number = "0123456789.,+-";
        for (; count > 0 && !rest_.empty(); --count) {
            if (of_a_number.find(rest_.front()) != std::string_view::npos) return;
            skip();
        }
    }

    void read(const number_picture::item& item) {
        switch (item.kind) {
            case kind::nine:
            case kind::zero:
            case kind::point:
                return read_digit();
            case kind::group:
                if (at(',')) skip();
                return;
            case kind::minus:
            case kind::plus:
            case kind::plus_minus:
                if (item.kind == kind::plus ? !at('+') : item.kind == kind::minus && !at('-')) {
                    return skip_foreign(1);
                }
                if (!take_sign()) skip_foreign(1);
                return;
            case kind::currency:
                return skip_foreign(1);
            case kind::ordinal:
                return skip_foreign(2);
            case kind::literal:
                for (std::size_t i = 0; i < item.text.size(); i += character_bytes(item.text, i)) {
                    skip();
                }
                return;
            default:
                return;
        }
    }

    std::string_view rest_;
    const number_picture& picture_;
    std::string digits_;
    int digits_before_ = 0, digits_after_ = 0;
    bool point_read_ = false, has_sign_ = false, negative_ = false;
};

result<value> to_number(const function_call& c) {
    if (c.text(1).empty()) return value();
    const auto picture = number_picture::parse(c.text(1));
    if (!picture) return picture.error();
    if (picture->has_roman) return unsupported("\"RN\" not supported for input");
    if (picture->has_exponent) return unsupported("\"EEEE\" not supported for input");
    return number_reader(c.text(0), *picture).run();
}

}  // namespace

std::span<const scalar_function> to_number_functions() {
    static constexpr scalar_function functions[] = {strict<to_number>("pg_to_number", 2)};
    return functions;
}

}  // namespace historyd::sqlite
