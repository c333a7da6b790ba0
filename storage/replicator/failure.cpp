#include "storage/replicator/failure.hpp"

#include <algorithm>
#include <array>

namespace historyd::replicator {

namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// Whole classes and single codes that pass with time or with another connection.
constexpr std::array<std::string_view, 5> transient_classes = {"08", "53", "57", "58", "XX"};
constexpr std::array<std::string_view, 6> transient_codes = {"40001", "40003", "40P01",
                                                             "55P03", "55006", "25006"};
// Rights, tables and columns that are missing there would fail any row.
constexpr std::array<std::string_view, 4> unfit_codes = {"42501", "42P01", "42703", "3F000"};

template <class List>
bool listed(const List& list, std::string_view text) {
    return std::ranges::find(list, text) != list.end();
}

}  // namespace

failure_kind classify(std::string_view sqlstate, std::string_view message) {
    if (contains(message, moved_marker)) return failure_kind::moved;
    // Supavisor and PgBouncer report who may not log in as XX000 and 08P01.
    if (contains(message, "Tenant or user not found") ||
        contains(message, "password authentication failed") || contains(message, "no such user") ||
        contains(message, "SASL authentication failed")) {
        return failure_kind::refused;
    }
    if (sqlstate.size() != 5) return failure_kind::transient;
    const auto group = sqlstate.substr(0, 2);
    if (group == "28" || sqlstate == "3D000") return failure_kind::refused;
    if (listed(transient_classes, group) || listed(transient_codes, sqlstate)) {
        return failure_kind::transient;
    }
    if (listed(unfit_codes, sqlstate)) return failure_kind::unfit;
    return failure_kind::permanent;
}

}  // namespace historyd::replicator
