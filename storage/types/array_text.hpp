#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::types {

struct array_dimension {
    std::int32_t length = 0;
    std::int32_t lower_bound = 1;
    bool operator==(const array_dimension&) const = default;
};

// An array taken apart: elements in row-major order as text (of the form the literal was in:
// storage form for stored arrays), nullopt for NULL. No dimensions: the empty array.
struct array_value {
    std::vector<array_dimension> dimensions;
    std::vector<std::optional<std::string>> elements;
};

inline constexpr std::size_t array_dimensions_max = 6;  // as PostgreSQL's MAXDIM
inline constexpr std::size_t array_elements_max = 134'217'727;

// A one-dimensional array with lower bound 1.
array_value one_dimensional(std::vector<std::optional<std::string>> elements);

// '{1,NULL,"a b"}', '[0:1]={1,2}', nested braces. Errors: 22P02, 2202E, 54000, with details.
result<array_value> parse_array(std::string_view literal);
// Quotes what must be quoted.
void format_array(const array_value& a, std::string& out);
std::string array_to_text(const array_value& a);

// Element text in external form to storage form text, and back; each element by its type's own
// input and output. Used for arrays and by functions that build or take arrays apart.
result<std::string> array_in(type_ref element, std::string_view literal,
                             const io_settings& settings);
result<void> array_out(oid element, std::string_view stored, const io_settings& settings,
                       std::string& out);

// One element between a value in storage form and the text it has inside a stored array.
std::string element_text(oid element, const value_view& v);
result<value> element_value(oid element, std::string_view text);

}  // namespace historyd::types
