#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::rest {

// Which rows of a result are wanted.
struct row_range {
    std::int64_t offset = 0;
    std::optional<std::int64_t> limit;  // nothing: all

    bool is_all() const { return offset == 0 && !limit; }
    bool operator==(const row_range&) const = default;
};

// The limit and offset parameters and the Range header ("0-24", "10-"); given both, what is in
// both. Errors: PGRST100 for what is no number, PGRST103 for a range that ends before it begins.
result<row_range> parse_range(std::optional<std::string_view> limit,
                              std::optional<std::string_view> offset, std::string_view header);

// Content-Range: "0-24/100", "*/0", "0-24/*".
std::string content_range(std::int64_t offset, std::int64_t rows,
                          std::optional<std::int64_t> total);

}  // namespace historyd::rest
