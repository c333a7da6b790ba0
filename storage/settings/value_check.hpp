#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/settings/settings.hpp"

// How a setting's value is read and how SHOW spells it. Pure.

namespace historyd::settings {

// Returns: the value as SHOW prints it, or 22023 as PostgreSQL words it. `given` is the name as the
// client wrote it, which PostgreSQL repeats in some of these errors.
result<std::string> canonical_value(const definition& setting, std::string_view given,
                                    std::string_view text);

// The parts of it: one per kind.
std::optional<bool> parse_bool(std::string_view text);
result<std::string> canonical_integer(const definition& setting, std::string_view given,
                                      std::string_view text);
result<std::string> canonical_real(const definition& setting, std::string_view given,
                                   std::string_view text);
result<std::string> canonical_string(const definition& setting, std::string_view text);

// A number with an optional unit, in the setting's base unit. Requires: kind integer or real.
// Returns: nullopt when it cannot be read.
std::optional<double> number_in_base_unit(const definition& setting, std::string_view text);

// 22023 `invalid value for parameter "name": "text"`.
sql_error invalid_value(std::string_view name, std::string_view text);

bool equal_folded(std::string_view a, std::string_view b);
std::string lower(std::string_view text);

// Splits a comma-separated list of identifiers as search_path has it: unquoted ones are folded.
// Returns: nullopt when quotes or commas do not fit.
std::optional<std::vector<std::string>> split_identifiers(std::string_view list);

// Where names are looked up when `path` is set: the session's namespace for temporary tables first,
// or where the path has "pg_temp". `temporary`: empty when it has none.
std::vector<std::string> searched_schemas(std::vector<std::string> path,
                                          const std::string& temporary);

// DateStyle's words. Returns: 22023 for words that are unknown or contradict each other.
struct date_style_words {
    types::date_style style;
    types::date_order order;
};
result<date_style_words> parse_date_style(std::string_view text, date_style_words current);
std::string date_style_text(date_style_words words);

}  // namespace historyd::settings
