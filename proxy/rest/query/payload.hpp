#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/rest/query/media.hpp"
#include "storage/types/json_text.hpp"

namespace historyd::rest {

// The rows of a request's body: a value for each column, nothing where the row does not name it.
struct payload {
    using row = std::vector<std::optional<types::json_node>>;
    std::vector<std::string> columns;
    std::vector<row> rows;
};

// One JSON object, an array of them, or CSV with a header line. `columns` (the parameter of that
// name) says which keys count and lets objects differ in theirs. Errors: PGRST102.
result<payload> parse_payload(payload_form form, std::string_view body,
                              const std::optional<std::vector<std::string>>& columns);

}  // namespace historyd::rest
