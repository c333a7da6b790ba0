// Settings that are text with rules of their own: DateStyle, TimeZone, encodings, lists of names.

#include <algorithm>
#include <array>

#include "storage/settings/time_zone_name.hpp"
#include "storage/settings/value_check.hpp"

namespace historyd::settings {

namespace {

using types::date_order;
using types::date_style;

constexpr std::size_t name_bytes_max = 63;

// PostgreSQL's other encodings, so that asking for one is told from a misspelling.
constexpr std::array other_encodings{
    "big5",         "eucjis2004", "euccn",    "eucjp",    "euckr",    "euctw",        "gb18030",
    "gbk",          "iso88595",   "iso88596", "iso88597", "iso88598", "johab",        "koi8",
    "koi8r",        "koi8u",      "latin1",   "latin2",   "latin3",   "latin4",       "latin5",
    "latin6",       "latin7",     "latin8",   "latin9",   "latin10",  "muleinternal", "sjis",
    "shiftjis2004", "uhc",        "win866",   "win874",   "win1250",  "win1251",      "win1252",
    "win1253",      "win1254",    "win1255",  "win1256",  "win1257",  "win1258",      "windows1252",
    "iso88591",     "iso885915"};

constexpr std::array locales{"", "C", "POSIX", "C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8"};

// Encoding names compare by letters and digits only: 'utf-8' with its quotes is UTF8.
std::string encoding_key(std::string_view name) {
    std::string key;
    for (const char c : lower(name)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
    }
    return key;
}

result<std::string> canonical_encoding(std::string_view text) {
    const auto key = encoding_key(text);
    if (key == "utf8" || key == "unicode") return std::string("UTF8");
    if (key == "sqlascii") return std::string("SQL_ASCII");
    if (std::ranges::find(other_encodings, key) != other_encodings.end()) {
        return unsupported("client_encoding \"" + std::string(text) + "\" is not supported",
                           "historyd speaks UTF8; set client_encoding to UTF8.");
    }
    return invalid_value("client_encoding", text);
}

// What is not printable ASCII would reach logs and other clients in an unknown encoding.
std::string printable_name(std::string_view text) {
    std::string out(text.substr(0, name_bytes_max));
    std::ranges::replace_if(
        out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

result<std::string> canonical_list(const definition& setting, std::string_view text) {
    if (split_identifiers(text)) return std::string(text);
    return invalid_value(setting.name, text).with_detail("List syntax is invalid.");
}

result<std::string> only(const definition& setting, std::string_view text, std::string_view object,
                         std::initializer_list<std::string_view> accepted) {
    if (std::ranges::find(accepted, text) != accepted.end()) return std::string(text);
    return invalid_value(setting.name, text)
        .with_detail(std::string(object) + " \"" + std::string(text) + "\" does not exist.");
}

result<std::string> canonical_date_style(std::string_view text) {
    auto words = parse_date_style(text, {date_style::iso, date_order::mdy});
    if (!words) return words.error();
    return date_style_text(*words);
}

}  // namespace

result<std::string> canonical_string(const definition& setting, std::string_view text) {
    const auto name = setting.name;
    if (name == "client_encoding") return canonical_encoding(text);
    if (name == "DateStyle") return canonical_date_style(text);
    if (name == "TimeZone" || name == "log_timezone") {
        auto zone = find_time_zone(text);
        if (!zone) return zone.error();
        return std::move(zone->name);
    }
    if (name == "application_name") return printable_name(text);
    if (name == "search_path" || name == "temp_tablespaces") return canonical_list(setting, text);
    if (name == "default_tablespace") return only(setting, text, "Tablespace", {"", "pg_default"});
    if (name == "default_table_access_method") {
        return only(setting, text, "Table access method", {"heap"});
    }
    if (name == "timezone_abbreviations") {
        return only(setting, text, "Time zone abbreviation set", {"Default"});
    }
    if (name == "default_text_search_config") {
        for (const std::string_view known : {"simple", "english"}) {
            if (text == known || text == "pg_catalog." + std::string(known)) {
                return "pg_catalog." + std::string(known);
            }
        }
        return invalid_value(name, text);
    }
    if (name.starts_with("lc_")) {
        if (std::ranges::find(locales, text) == locales.end()) return invalid_value(name, text);
    }
    return std::string(text);
}

result<date_style_words> parse_date_style(std::string_view text, date_style_words current) {
    const auto words = split_identifiers(text);
    if (!words) {
        return invalid_value("DateStyle", text).with_detail("List syntax is invalid.");
    }
    std::optional<date_style> style;
    std::optional<date_order> order;
    bool conflict = false;
    const auto choose = [&conflict](auto& chosen, auto what) {
        conflict = conflict || (chosen && *chosen != what);
        chosen = what;
    };
    bool german = false;
    for (const auto& spelled : *words) {
        const auto word = lower(spelled);
        if (word == "iso")
            choose(style, date_style::iso);
        else if (word == "sql")
            choose(style, date_style::sql);
        else if (word.starts_with("postgres"))
            choose(style, date_style::postgres);
        else if (word == "german")
            choose(style, date_style::german), german = true;
        else if (word == "ymd")
            choose(order, date_order::ymd);
        else if (word == "dmy" || word.starts_with("euro"))
            choose(order, date_order::dmy);
        else if (word == "mdy" || word == "us" || word.starts_with("noneuro"))
            choose(order, date_order::mdy);
        else if (word == "default") {
            if (!style) style = date_style::iso;
            if (!order) order = date_order::mdy;
        } else {
            return invalid_value("DateStyle", text)
                .with_detail("Unrecognized key word: \"" + spelled + "\".");
        }
    }
    if (conflict) {
        return invalid_value("DateStyle", text)
            .with_detail("Conflicting \"datestyle\" specifications.");
    }
    if (german && !order) order = date_order::dmy;
    return date_style_words{style.value_or(current.style), order.value_or(current.order)};
}

std::string date_style_text(date_style_words words) {
    constexpr std::array styles{"ISO", "SQL", "Postgres", "German"};
    constexpr std::array orders{"MDY", "DMY", "YMD"};
    return std::string(styles[static_cast<std::size_t>(words.style)]) + ", " +
           orders[static_cast<std::size_t>(words.order)];
}

}  // namespace historyd::settings
