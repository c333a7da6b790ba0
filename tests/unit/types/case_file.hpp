#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/types/type_io.hpp"

// The cases/*.tsv files: what PostgreSQL 15 answered (cases/generate.py wrote them).

namespace historyd::types {

// Every line's cells, unescaped. Fails the running test when the file cannot be read.
std::vector<std::vector<std::string>> read_cases(std::string_view file);

// "TimeZone=America/New_York;DateStyle=SQL, DMY" over the defaults cases/generate.py sets.
io_settings settings_of(std::string_view text);

// "numeric(5,2)", "interval day to hour", "varchar(2)[]" as type and typmod.
type_ref type_of(std::string_view sql_name);

// value::type as SQL's explicit cast of a literal, which is what PostgreSQL was asked: character
// types are read first and cut to length then.
result<value> read_literal(type_ref type, const std::string& input, const io_settings& settings);

// An outcome the way the files spell it: the text, or "!22P02|message|detail|hint".
std::string describe(const sql_error& error);
std::string describe_expected(const std::vector<std::string>& cells, std::size_t from);

}  // namespace historyd::types
