#include "storage/sqlite/functions/number_picture.hpp"

#include <array>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/letter_case.hpp"

namespace historyd::sqlite {
namespace {

using kind = number_picture::item_kind;

struct pattern {
    std::string_view name;  // upper case
    kind item;
};

// Longer ones first. FM and B have no item of their own.
constexpr auto patterns = std::to_array<pattern>({
    {"EEEE", kind::exponent},
    {"MI", kind::minus},
    {"PL", kind::plus},
    {"PR", kind::angle},
    {"RN", kind::roman},
    {"SG", kind::plus_minus},
    {"TH", kind::ordinal},
    {"9", kind::nine},
    {"0", kind::zero},
    {".", kind::point},
    {"D", kind::point},
    {",", kind::group},
    {"G", kind::group},
    {"L", kind::currency},
    {"S", kind::sign},
    {"V", kind::multiply},
});

sql_error syntax(std::string message) { return {sqlstate::syntax_error, std::move(message)}; }

class parser {
public:
    explicit parser(std::string_view text) : rest_(text) {}

    result<number_picture> run() {
        while (!rest_.empty()) {
            if (rest_.front() == '"') {
                quoted();
            } else if (const auto* found = next_pattern()) {
                if (auto ok = add(*found); !ok) return ok.error();
            } else {
                literal_character();
            }
        }
        return std::move(out_);
    }

private:
    bool starts_with(std::string_view name) const {
        return upper_text(rest_.substr(0, name.size())) == name;
    }

    const pattern* next_pattern() {
        if (starts_with("FM")) {
            rest_.remove_prefix(2);
            if (rest_.empty()) {
                out_.fill_mode = true;
                return nullptr;
            }
            // FM counts once for the whole picture, unlike in dates.
            out_.fill_mode = true;
        }
        if (starts_with("B")) rest_.remove_prefix(1);
        for (const auto& p : patterns) {
            if (starts_with(p.name)) return &p;
        }
        return nullptr;
    }

    void literal_character() {
        if (rest_.empty()) return;
        if (rest_.starts_with("\\\"")) rest_.remove_prefix(1);
        const auto bytes = character_bytes(rest_, 0);
        out_.items.push_back({.kind = kind::literal, .text = std::string(rest_.substr(0, bytes))});
        rest_.remove_prefix(bytes);
    }

    void quoted() {
        std::string text;
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        if (!rest_.empty()) rest_.remove_prefix(1);
        out_.items.push_back({.kind = kind::literal, .text = std::move(text)});
    }

    bool has_digits() const { return out_.digits_before + out_.digits_after + out_.multiplier > 0; }
    bool after_point() const { return out_.has_point; }

    result<void> add(const pattern& p) {
        const bool lower = rest_.front() >= 'a' && rest_.front() <= 'z';
        rest_.remove_prefix(p.name.size());
        if (out_.has_exponent && p.item != kind::exponent) {
            return syntax("\"EEEE\" must be the last pattern used");
        }
        if (auto ok = apply(p); !ok) return ok;
        out_.items.push_back({.kind = p.item, .lower = lower});
        return {};
    }

    result<void> apply(const pattern& p) {
        switch (p.item) {
            case kind::nine:
            case kind::zero:
                return digit(p);
            case kind::point:
                if (out_.has_point) return syntax("multiple decimal points");
                if (has_multiply_) return syntax("cannot use \"V\" and decimal point together");
                out_.has_point = true;
                return {};
            case kind::multiply:
                if (out_.has_point) return syntax("cannot use \"V\" and decimal point together");
                has_multiply_ = true;
                return {};
            case kind::sign:
                if (out_.has_sign) return syntax("cannot use \"S\" twice");
                if (has_plus_ || out_.has_own_sign) {
                    return syntax("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
                }
                out_.has_sign = true;
                out_.sign_leads = !has_digits();
                return {};
            case kind::minus:
            case kind::plus:
            case kind::plus_minus:
                return other_sign(p);
            case kind::angle:
                if (out_.has_sign || has_plus_ || out_.has_own_sign) {
                    return syntax("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
                }
                out_.has_own_sign = out_.has_angle = true;
                return {};
            case kind::roman:
                out_.has_roman = true;
                return {};
            case kind::exponent:
                return exponent();
            default:
                return {};
        }
    }

    result<void> digit(const pattern& p) {
        if (out_.has_angle) {
            return syntax("\"" + std::string(p.name) + "\" must be ahead of \"PR\"");
        }
        const bool zero = p.item == kind::zero;
        if (after_point()) {
            if (zero) out_.last_zero_after = out_.digits_after;
            ++out_.digits_after;
            return {};
        }
        if (has_multiply_) ++out_.multiplier;
        if (zero && out_.first_zero < 0) out_.first_zero = out_.digits_before;
        ++out_.digits_before;
        return {};
    }

    result<void> other_sign(const pattern& p) {
        if (out_.has_sign) {
            return syntax("cannot use \"S\" and \"" + std::string(p.name) + "\" together");
        }
        if (p.item == kind::plus) {
            has_plus_ = true;
        } else {
            out_.has_own_sign = true;
        }
        return {};
    }

    result<void> exponent() {
        if (out_.has_exponent) return syntax("cannot use \"EEEE\" twice");
        if (out_.fill_mode || out_.has_sign || has_plus_ || out_.has_own_sign || out_.has_roman ||
            has_multiply_) {
            return syntax("\"EEEE\" is incompatible with other formats")
                .with_detail(
                    "\"EEEE\" may only be used together with digit and decimal point "
                    "patterns.");
        }
        out_.has_exponent = true;
        return {};
    }

    std::string_view rest_;
    number_picture out_;
    bool has_multiply_ = false, has_plus_ = false;
};

}  // namespace

result<number_picture> number_picture::parse(std::string_view text) { return parser(text).run(); }

}  // namespace historyd::sqlite
