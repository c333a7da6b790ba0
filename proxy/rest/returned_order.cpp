#include "proxy/rest/returned_order.hpp"

#include <algorithm>

#include "storage/types/compare.hpp"

namespace historyd::rest {

namespace {

int compare(const order_term& term, types::oid type, const value& a, const value& b) {
    if (is_null(a) || is_null(b)) {
        const bool nulls_first = term.nulls_first.value_or(term.descending);
        const int order = static_cast<int>(is_null(a)) - static_cast<int>(is_null(b));
        return nulls_first ? -order : order;
    }
    const int order = types::compare_values(type, view_of(a), view_of(b));
    return term.descending ? -order : order;
}

}  // namespace

void order_returned(std::vector<std::vector<value>>& rows, std::span<const order_term> terms,
                    std::span<const sql::result_column> columns) {
    const auto first = columns.size() - terms.size();
    std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) {
        for (std::size_t i = 0; i < terms.size(); ++i) {
            const auto at = first + i;
            const int order = compare(terms[i], columns[at].type.id, a[at], b[at]);
            if (order != 0) return order < 0;
        }
        return false;
    });
}

}  // namespace historyd::rest
