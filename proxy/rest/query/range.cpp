#include "proxy/rest/query/range.hpp"

#include <algorithm>
#include <charconv>

namespace historyd::rest {

namespace {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t n = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
    return n;
}

sql_error not_satisfiable(std::string detail) {
    return sql_error("PGRST103", "Requested range not satisfiable").with_detail(std::move(detail));
}

result<std::int64_t> parameter(std::string_view name, std::string_view text) {
    const auto n = number(text);
    if (!n) {
        return sql_error("PGRST100", "\"failed to parse " + std::string(name) + " (" +
                                         std::string(text) + ")\" (line 1, column 1)")
            .with_detail("expecting a whole number");
    }
    if (*n < 0) {
        return not_satisfiable(name == "limit" ? "Limit should be greater than or equal to zero."
                                               : "Offset should be greater than or equal to zero.");
    }
    return *n;
}

// "from-to" or "from-"; what looks different is no range of rows, and ignored (RFC 9110, 14.2).
result<row_range> header_range(std::string_view header) {
    const auto dash = header.find('-');
    if (dash == header.npos || dash == 0) return row_range{};
    const auto from = number(header.substr(0, dash));
    if (!from) return row_range{};
    row_range range{.offset = *from, .limit = {}};
    if (const auto end = header.substr(dash + 1); !end.empty()) {
        const auto to = number(end);
        if (!to || *to < 0) return row_range{};
        if (*to < *from) {
            return not_satisfiable(
                "The lower boundary must be lower than or equal to the upper boundary in the Range "
                "header.");
        }
        if (*to < INT64_MAX) range.limit = *to - *from + 1;
    }
    return range;
}

}  // namespace

result<row_range> parse_range(std::optional<std::string_view> limit,
                              std::optional<std::string_view> offset, std::string_view header) {
    auto range = header_range(header);
    if (!range) return range.error();
    if (offset) {
        const auto n = parameter("offset", *offset);
        if (!n) return n.error();
        if (*n > range->offset) {
            if (range->limit) *range->limit -= std::min(*range->limit, *n - range->offset);
            range->offset = *n;
        }
    }
    if (limit) {
        const auto n = parameter("limit", *limit);
        if (!n) return n.error();
        range->limit = std::min(range->limit.value_or(INT64_MAX), *n);
    }
    return range;
}

std::string content_range(std::int64_t offset, std::int64_t rows,
                          std::optional<std::int64_t> total) {
    const auto of = total ? std::to_string(*total) : "*";
    if (rows == 0) return "*/" + of;
    return std::to_string(offset) + "-" + std::to_string(offset + rows - 1) + "/" + of;
}

}  // namespace historyd::rest
