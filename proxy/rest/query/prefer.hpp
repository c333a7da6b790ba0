#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::rest {

// The Prefer header (RFC 7240) as PostgREST reads it. Of a preference given twice the first counts.
struct preferences {
    enum class representation : std::uint8_t { minimal, headers_only, full };
    enum class counting : std::uint8_t { exact, planned, estimated };

    std::optional<representation> returning;
    std::optional<counting> count;
    std::optional<bool> merge_duplicates;  // resolution; false: ignore-duplicates
    std::optional<bool> missing_default;   // missing; false: null
    std::optional<bool> commit;            // tx; false: rollback
    std::optional<bool> strict;            // handling; false: lenient
    std::optional<std::string> timezone;
    std::optional<std::int64_t> max_affected;
    std::vector<std::string> unknown;

    // What Preference-Applied says of those that the request made use of.
    struct usage {
        bool resolution = false, missing = false, returning = false, max_affected = false;
    };
    std::string applied(usage used) const;
};

// Errors: PGRST122 for an unknown preference with handling=strict.
result<preferences> parse_prefer(const std::vector<std::string>& headers);

}  // namespace historyd::rest
