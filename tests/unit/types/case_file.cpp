#include "case_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "storage/types/interval_typmod.hpp"
#include "storage/types/timezone.hpp"

namespace historyd::types {

namespace {

std::string unescaped(std::string_view cell) {
    std::string out;
    for (std::size_t i = 0; i < cell.size(); ++i) {
        if (cell[i] != '\\' || i + 1 == cell.size()) {
            out += cell[i];
            continue;
        }
        ++i;
        out += cell[i] == 't' ? '\t' : cell[i] == 'n' ? '\n' : cell[i];
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t at = 0;;) {
        const auto end = text.find(separator, at);
        parts.emplace_back(text.substr(at, end - at));
        if (end == std::string_view::npos) return parts;
        at = end + 1;
    }
}

void set(io_settings& s, const std::string& name, const std::string& value) {
    if (name == "TimeZone") {
        const auto zone = find_time_zone(value);
        ASSERT_TRUE(zone) << value;
        s.time_zone = zone->zone;
        s.time_zone_name = zone->name;
    } else if (name == "DateStyle") {
        const std::map<std::string, date_style> styles{{"ISO", date_style::iso},
                                                       {"SQL", date_style::sql},
                                                       {"German", date_style::german},
                                                       {"Postgres", date_style::postgres}};
        const std::map<std::string, date_order> orders{
            {"MDY", date_order::mdy}, {"DMY", date_order::dmy}, {"YMD", date_order::ymd}};
        const auto comma = value.find(", ");
        s.style = styles.at(value.substr(0, comma));
        // German alone means DMY.
        s.order = comma == std::string::npos ? date_order::dmy : orders.at(value.substr(comma + 2));
    } else if (name == "IntervalStyle") {
        const std::map<std::string, interval_style> styles{
            {"postgres", interval_style::postgres},
            {"postgres_verbose", interval_style::postgres_verbose},
            {"sql_standard", interval_style::sql_standard},
            {"iso_8601", interval_style::iso_8601}};
        s.intervals = styles.at(value);
    } else if (name == "bytea_output") {
        s.bytea = value == "hex" ? bytea_output::hex : bytea_output::escape;
    } else if (name == "extra_float_digits") {
        s.extra_float_digits = std::stoi(value);
    } else {
        FAIL() << "unknown setting " << name;
    }
}

std::int32_t interval_typmod(std::string_view fields, int precision) {
    const std::map<std::string_view, int> bits{
        {"year", interval_year}, {"month", interval_month},   {"day", interval_day},
        {"hour", interval_hour}, {"minute", interval_minute}, {"second", interval_second}};
    const std::vector<std::string_view> order{"year", "month", "day", "hour", "minute", "second"};
    int mask = 0;
    const auto to = fields.find(" to ");
    const auto first = fields.substr(0, to);
    const auto last = to == std::string_view::npos ? first : fields.substr(to + 4);
    bool inside = false;
    for (const auto name : order) {
        inside = inside || name == first;
        if (inside) mask |= bits.at(name);
        if (name == last) inside = false;
    }
    if (fields.empty()) mask = interval_all_fields;
    return (mask << 16) | (precision < 0 ? 0xFFFF : precision);
}

}  // namespace

std::vector<std::vector<std::string>> read_cases(std::string_view file) {
    std::ifstream in(std::string(HISTORYD_TYPE_CASES "/").append(file));
    EXPECT_TRUE(in.good()) << file;
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        auto cells = split(line, '\t');
        for (auto& cell : cells) cell = unescaped(cell);
        rows.push_back(std::move(cells));
    }
    EXPECT_FALSE(rows.empty()) << file;
    return rows;
}

io_settings settings_of(std::string_view text) {
    io_settings settings;
    if (text.empty()) return settings;
    for (const auto& item : split(text, ';')) {
        const auto equals = item.find('=');
        set(settings, item.substr(0, equals), item.substr(equals + 1));
    }
    return settings;
}

type_ref type_of(std::string_view sql_name) {
    const bool array = sql_name.ends_with("[]");
    std::string name(array ? sql_name.substr(0, sql_name.size() - 2) : sql_name);
    std::int32_t typmod = -1;
    std::vector<int> arguments;
    if (const auto open = name.find('('); open != std::string::npos) {
        for (const auto& a : split(std::string_view(name).substr(open + 1), ',')) {
            arguments.push_back(std::stoi(a));
        }
        name.erase(open);
    }
    std::string fields;
    if (name.starts_with("interval ")) {
        fields = name.substr(9);
        name = "interval";
    }
    const auto* info = find_type(std::string_view(name));
    EXPECT_NE(info, nullptr) << sql_name;
    if (info == nullptr) return {};
    if (info->id == type_oid::interval && (!fields.empty() || !arguments.empty())) {
        typmod = interval_typmod(fields, arguments.empty() ? -1 : arguments[0]);
    } else if (info->id == type_oid::numeric && !arguments.empty()) {
        const int scale = arguments.size() > 1 ? arguments[1] : 0;
        typmod = ((arguments[0] << 16) | (scale & 0x7FF)) + 4;
    } else if (!arguments.empty()) {
        const bool counts_header = info->id == type_oid::varchar || info->id == type_oid::bpchar;
        typmod = arguments[0] + (counts_header ? 4 : 0);
    }
    return {array ? info->array : info->id, typmod};
}

result<value> read_literal(type_ref type, const std::string& input, const io_settings& settings) {
    const auto* info = find_type(type.id);
    const auto* base = info->element != 0 ? find_type(info->element) : info;
    if (base->category != 'S') return text_in(type, input, settings);
    auto v = text_in({type.id, -1}, input, settings);
    if (!v) return v;
    return apply_typmod(type, std::move(*v), true);
}

std::string describe(const sql_error& error) {
    return "!" + error.sqlstate + "|" + error.message + "|" + error.detail + "|" + error.hint;
}

std::string describe_expected(const std::vector<std::string>& cells, std::size_t from) {
    if (!cells[from].starts_with('!')) return cells[from];
    return cells[from] + "|" + cells[from + 1] + "|" + cells[from + 2] + "|" + cells[from + 3];
}

}  // namespace historyd::types
