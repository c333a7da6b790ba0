#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/number_picture.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"

// to_number(): a text read by a picture.

namespace historyd::sqlite {
namespace {

using kind = number_picture::item_kind;

class number_reader {
public:
    number_reader(std::string_view text, const number_picture& picture)
        : rest_(text), picture_(picture) {}

    result<value> run() {
        for (const auto& item : picture_.items) {
            if (rest_.empty()) break;
            read(item);
        }
        if (!some_digits_) digits_ = " ";
        const auto parsed = types::numeric::parse((negative_ ? "-" : "") + digits_);
        if (!some_digits_ || !parsed) {
            return sql_error(sqlstate::invalid_text_representation,
                             "invalid input syntax for type numeric: \"" + digits_ + "\"");
        }
        return numeric_value(parsed);
    }

private:
    bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    void skip() { rest_.remove_prefix(1); }

    bool take_sign() {
        if (!at('+') && !at('-') && !(picture_.has_angle && at('<'))) return false;
        negative_ = negative_ || !at('+');
        skip();
        return true;
    }

    void read_digit() {
        if (at(' ')) skip();
        if (!some_digits_) take_sign();
        if (at_digit()) {
            digits_ += rest_.front();
            some_digits_ = true;
            skip();
        } else if (at('.') && picture_.has_point && !point_read_) {
            read_point();
        } else if (!rest_.empty()) {
            skip();
        }
    }

    void read_point() {
        digits_ += some_digits_ ? "." : "0.";
        point_read_ = true;
        skip();
    }

    void read(const number_picture::item& item) {
        switch (item.kind) {
            case kind::nine:
            case kind::zero:
                read_digit();
                return;
            case kind::point:
                if (at('.') && !point_read_) read_point();
                return;
            case kind::group:
                if (at(',')) skip();
                return;
            case kind::sign:
            case kind::minus:
            case kind::plus:
            case kind::plus_minus:
                take_sign();
                return;
            case kind::angle:
                if (at('>')) skip();
                return;
            default:
                if (!at_digit() && !at('.') && !at(',') && !at('+') && !at('-')) skip();
                return;
        }
    }

    std::string_view rest_;
    const number_picture& picture_;
    std::string digits_;
    bool some_digits_ = false, point_read_ = false, negative_ = false;
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
