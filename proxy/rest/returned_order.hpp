#pragma once

#include <span>
#include <vector>

#include "proxy/rest/query/order.hpp"
#include "storage/base/value.hpp"
#include "storage/sql/plan.hpp"

namespace historyd::rest {

// RETURNING has no ORDER BY: puts the rows of a change in order by their last columns, one for each
// term. Requires: every row has them.
void order_returned(std::vector<std::vector<value>>& rows, std::span<const order_term> terms,
                    std::span<const sql::result_column> columns);

}  // namespace historyd::rest
