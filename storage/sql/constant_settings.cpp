#include "storage/sql/constant_settings.hpp"

#include <array>

namespace historyd::sql {

std::string iso_date_style(const types::io_settings& io) {
    constexpr std::array orders{"MDY", "DMY", "YMD"};
    return std::string("ISO, ") + orders.at(static_cast<std::size_t>(io.order));
}

std::vector<std::pair<std::string, std::string>> constant_settings(const types::io_settings& io) {
    // Of the styles only this one changes what an interval's text means.
    const bool standard = io.intervals == types::interval_style::sql_standard;
    return {{"DateStyle", iso_date_style(io)},
            {"IntervalStyle", standard ? "sql_standard" : "postgres"},
            {"TimeZone", io.time_zone_name}};
}

}  // namespace historyd::sql
