#include "storage/sqlite/functions/date_format.hpp"
#include "storage/sqlite/functions/datetime_argument.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/number_format.hpp"
#include "storage/sqlite/functions/numeric_argument.hpp"
#include "storage/types/timezone.hpp"

// to_char().

namespace historyd::sqlite {
namespace {

result<value> shown(const shown_time& t, std::string_view picture) {
    auto text = format_date(t, date_picture::parse(picture));
    if (!text) return text.error();
    return value(std::move(*text));
}

result<value> timestamp_text(const function_call& c) {
    const auto us = timestamp_argument(c, 0);
    if (!us) return us.error();
    if (c.text(1).empty() || types::is_infinite_us(*us)) return value();
    return shown(shown_time::of_timestamp(*us), c.text(1));
}

result<value> timestamptz_text(const function_call& c) {
    const auto us = timestamptz_argument(c, 0);
    if (!us) return us.error();
    if (c.text(1).empty() || types::is_infinite_us(*us)) return value();
    const auto& zone = c.io().time_zone;
    auto t = shown_time::of_timestamp(types::to_local(*us, zone));
    auto offset = types::offset_at(*us, zone);
    t.east_seconds = offset.east_seconds;
    t.zone_name = std::move(offset.abbreviation);
    return shown(t, c.text(1));
}

result<value> interval_text(const function_call& c) {
    const auto v = interval_argument(c, 0);
    if (!v) return v.error();
    if (c.text(1).empty()) return value();
    return shown(shown_time::of_interval(*v), c.text(1));
}

result<value> number_text(const types::numeric& v, std::string_view text, int significant_max) {
    const auto picture = number_picture::parse(text);
    if (!picture) return picture.error();
    auto shown = format_number(v, *picture, significant_max);
    if (!shown) return shown.error();
    return value(std::move(*shown));
}

result<value> numeric_text(const function_call& c) {
    const auto v = numeric_argument(c, 0);
    if (!v) return v.error();
    return number_text(*v, c.text(1), 0);
}

template <int SignificantDigits>
result<value> float_text(const function_call& c) {
    const double v = c.real(0);
    const auto exact = SignificantDigits == 6 ? types::numeric::from_float4(static_cast<float>(v))
                                              : types::numeric::from_float8(v);
    return number_text(exact, c.text(1), SignificantDigits);
}

}  // namespace

std::span<const scalar_function> to_char_functions() {
    static constexpr scalar_function functions[] = {
        strict<timestamp_text>("pg_to_char_timestamp", 2),
        strict<timestamptz_text>("pg_to_char_timestamptz", 2),
        strict<interval_text>("pg_to_char_interval", 2),
        strict<numeric_text>("pg_to_char_integer", 2),
        strict<numeric_text>("pg_to_char_numeric", 2),
        strict<float_text<6>>("pg_to_char_float4", 2),
        strict<float_text<15>>("pg_to_char_float8", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
