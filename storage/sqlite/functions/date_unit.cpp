#include "storage/sqlite/functions/date_unit.hpp"

#include <array>

#include "storage/sqlite/functions/letter_case.hpp"

namespace historyd::sqlite {
namespace {

struct unit_name {
    std::string_view name;
    date_unit unit;
};

constexpr auto names = std::to_array<unit_name>({
    {"microseconds", date_unit::microsecond},
    {"microsecond", date_unit::microsecond},
    {"us", date_unit::microsecond},
    {"usec", date_unit::microsecond},
    {"usecs", date_unit::microsecond},
    {"usecond", date_unit::microsecond},
    {"useconds", date_unit::microsecond},
    {"milliseconds", date_unit::millisecond},
    {"millisecond", date_unit::millisecond},
    {"ms", date_unit::millisecond},
    {"msec", date_unit::millisecond},
    {"msecs", date_unit::millisecond},
    {"msecond", date_unit::millisecond},
    {"mseconds", date_unit::millisecond},
    {"second", date_unit::second},
    {"seconds", date_unit::second},
    {"s", date_unit::second},
    {"sec", date_unit::second},
    {"secs", date_unit::second},
    {"minute", date_unit::minute},
    {"minutes", date_unit::minute},
    {"m", date_unit::minute},
    {"min", date_unit::minute},
    {"mins", date_unit::minute},
    {"hour", date_unit::hour},
    {"hours", date_unit::hour},
    {"h", date_unit::hour},
    {"hr", date_unit::hour},
    {"hrs", date_unit::hour},
    {"day", date_unit::day},
    {"days", date_unit::day},
    {"d", date_unit::day},
    {"week", date_unit::week},
    {"weeks", date_unit::week},
    {"w", date_unit::week},
    {"month", date_unit::month},
    {"months", date_unit::month},
    {"mon", date_unit::month},
    {"mons", date_unit::month},
    {"quarter", date_unit::quarter},
    {"qtr", date_unit::quarter},
    {"year", date_unit::year},
    {"years", date_unit::year},
    {"y", date_unit::year},
    {"yr", date_unit::year},
    {"yrs", date_unit::year},
    {"decade", date_unit::decade},
    {"decades", date_unit::decade},
    {"dec", date_unit::decade},
    {"decs", date_unit::decade},
    {"century", date_unit::century},
    {"centuries", date_unit::century},
    {"c", date_unit::century},
    {"cent", date_unit::century},
    {"millennium", date_unit::millennium},
    {"millennia", date_unit::millennium},
    {"mil", date_unit::millennium},
    {"mils", date_unit::millennium},
    {"epoch", date_unit::epoch},
    {"julian", date_unit::julian},
    {"jd", date_unit::julian},
    {"j", date_unit::julian},
    {"dow", date_unit::day_of_week},
    {"isodow", date_unit::iso_day_of_week},
    {"doy", date_unit::day_of_year},
    {"isoyear", date_unit::iso_year},
    {"timezone", date_unit::zone},
    {"timezone_hour", date_unit::zone_hour},
    {"timezone_h", date_unit::zone_hour},
    {"timezone_minute", date_unit::zone_minute},
    {"timezone_m", date_unit::zone_minute},
});

}  // namespace

std::optional<date_unit> find_date_unit(std::string_view name) {
    const auto folded = lower_text(name);
    for (const auto& known : names) {
        if (known.name == folded) return known.unit;
    }
    return std::nullopt;
}

sql_error unit_not_recognized(std::string_view unit, std::string_view type) {
    return {sqlstate::invalid_parameter_value,
            "unit \"" + lower_text(unit) + "\" not recognized for type " + std::string(type)};
}

sql_error unit_not_supported(std::string_view unit, std::string_view type) {
    return {sqlstate::feature_not_supported,
            "unit \"" + lower_text(unit) + "\" not supported for type " + std::string(type)};
}

}  // namespace historyd::sqlite
