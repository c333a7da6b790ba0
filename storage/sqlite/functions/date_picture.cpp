#include "storage/sqlite/functions/date_picture.hpp"

#include <array>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/letter_case.hpp"

namespace historyd::sqlite {
namespace {

using field = date_picture::field;

struct pattern {
    std::string_view name;  // upper case
    date_picture::field field;
    bool capitalised = false;  // also spelled with only its first letter in upper case
    int digits = 0;
};

constexpr auto patterns = std::to_array<pattern>({
    {"A.D.", field::era_dotted},
    {"A.M.", field::meridiem_dotted},
    {"AD", field::era},
    {"AM", field::meridiem},
    {"B.C.", field::era_dotted},
    {"BC", field::era},
    {"CC", field::century},
    {"DAY", field::day_name, true},
    {"DDD", field::day_of_year},
    {"DD", field::day},
    {"DY", field::day_short, true},
    {"D", field::day_of_week},
    {"FF1", field::fraction, false, 1},
    {"FF2", field::fraction, false, 2},
    {"FF3", field::fraction, false, 3},
    {"FF4", field::fraction, false, 4},
    {"FF5", field::fraction, false, 5},
    {"FF6", field::fraction, false, 6},
    {"HH24", field::hour_24},
    {"HH12", field::hour_12},
    {"HH", field::hour_12},
    {"IDDD", field::iso_day_of_year},
    {"ID", field::iso_day_of_week},
    {"IW", field::iso_week},
    {"IYYY", field::iso_year_4},
    {"IYY", field::iso_year_3},
    {"IY", field::iso_year_2},
    {"I", field::iso_year_1},
    {"J", field::julian_day},
    {"MI", field::minute},
    {"MM", field::month},
    {"MONTH", field::month_name, true},
    {"MON", field::month_short, true},
    {"MS", field::millisecond},
    {"OF", field::zone_offset},
    {"P.M.", field::meridiem_dotted},
    {"PM", field::meridiem},
    {"Q", field::quarter},
    {"RM", field::roman_month},
    {"SSSSS", field::second_of_day},
    {"SSSS", field::second_of_day},
    {"SS", field::second},
    {"TZH", field::zone_hours},
    {"TZM", field::zone_minutes},
    {"TZ", field::zone_name},
    {"US", field::microsecond},
    {"WW", field::week_of_year},
    {"W", field::week_of_month},
    {"Y,YYY", field::year_comma},
    {"YYYY", field::year_4},
    {"YYY", field::year_3},
    {"YY", field::year_2},
    {"Y", field::year_1},
});

std::string capitalised(std::string_view upper) {
    std::string out(upper);
    for (std::size_t i = 1; i < out.size(); ++i) {
        if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + 32);
    }
    return out;
}

class parser {
public:
    explicit parser(std::string_view text) : rest_(text) {}

    date_picture run() {
        while (!rest_.empty()) {
            if (take_prefix()) continue;
            if (const auto* found = longest_pattern()) {
                add(*found);
            } else if (rest_.front() == '"') {
                quoted();
            } else {
                literal();
            }
            fill_mode_ = false;
        }
        return std::move(out_);
    }

private:
    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    bool take_prefix() {
        if (take("FM") || take("fm")) {
            fill_mode_ = true;
            return true;
        }
        if (take("FX") || take("fx")) {
            out_.fixed_width = true;
            return true;
        }
        // Names are always English here, so that "translation mode" only leaves out the padding.
        if (take("TM") || take("tm")) {
            fill_mode_ = true;
            return true;
        }
        return false;
    }

    bool spelled(const pattern& p, date_picture::spelling& how) const {
        const auto here = rest_.substr(0, p.name.size());
        if (here == p.name) {
            how = date_picture::spelling::upper;
        } else if (here == lower_text(p.name)) {
            how = date_picture::spelling::lower;
        } else if (p.capitalised && here == capitalised(p.name)) {
            how = date_picture::spelling::capitalised;
        } else {
            return false;
        }
        return true;
    }

    const pattern* longest_pattern() {
        const pattern* found = nullptr;
        for (const auto& p : patterns) {
            date_picture::spelling how{};
            if ((found == nullptr || p.name.size() > found->name.size()) && spelled(p, how)) {
                found = &p;
                spelling_ = how;
            }
        }
        return found;
    }

    void add(const pattern& p) {
        date_picture::item item;
        item.field = p.field;
        item.spelling = spelling_;
        item.digits = p.digits;
        item.fill_mode = fill_mode_;
        item.name = rest_.substr(0, p.name.size());
        rest_.remove_prefix(p.name.size());
        if (take("TH")) {
            item.ordinal = true;
        } else if (take("th")) {
            item.ordinal = item.ordinal_lower = true;
        } else {
            // Spell mode is not implemented in PostgreSQL either.
            take("SP");
        }
        out_.items.push_back(std::move(item));
    }

    void quoted() {
        date_picture::item item;
        item.quoted = true;
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
            const auto bytes = character_bytes(rest_, 0);
            item.text += rest_.substr(0, bytes);
            rest_.remove_prefix(bytes);
        }
        if (!rest_.empty()) rest_.remove_prefix(1);
        out_.items.push_back(std::move(item));
    }

    void literal() {
        if (rest_.starts_with("\\\"")) rest_.remove_prefix(1);
        const auto bytes = character_bytes(rest_, 0);
        date_picture::item item;
        item.text = rest_.substr(0, bytes);
        out_.items.push_back(std::move(item));
        rest_.remove_prefix(bytes);
    }

    std::string_view rest_;
    date_picture out_;
    bool fill_mode_ = false;
    date_picture::spelling spelling_{};
};

}  // namespace

date_picture date_picture::parse(std::string_view text) { return parser(text).run(); }

}  // namespace historyd::sqlite
