#pragma once

#include "storage/base/sql_error.hpp"
#include "storage/outbox/change.hpp"
#include "storage/outbox/former_types.hpp"
#include "storage/schema/schema.hpp"

namespace historyd::outbox {

// The columns that change_of() reads, in its order.
inline constexpr std::string_view change_columns = "seq, txid, op, tbl, pk, row, created_us";

// An entry of historyd_outbox or historyd_dead. What another program wrote in a form of its own
// (DATETIME as ISO text) is brought to storage form, of the type that the column had then. Errors:
// XX001.
result<change> change_of(const std::vector<value>& stored, const schema::schema& schema,
                         const former_types& former);

}  // namespace historyd::outbox
