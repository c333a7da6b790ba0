#pragma once

#include <cstdint>

#include "storage/schema/schema.hpp"

namespace historyd::catalog {

// OIDs of objects that PostgreSQL numbers on their own and historyd derives from their table:
// stable as long as the table lives, and far above those that are handed out.
//
//   0x40000000 + 2048 n + attnum   default of a column; of a view, its rule (attnum 0)
//   0x80000000 + 2 n, + 1          row type of a table, array of it
//
// n counts tables from the first user OID.
inline schema::oid default_oid(schema::oid table, std::int16_t attnum) {
    constexpr schema::oid table_count = 0x40000000U / 2048U;
    return 0x40000000U + ((table - schema::first_user_oid) % table_count) * 2048U +
           static_cast<schema::oid>(attnum);
}
inline schema::oid rule_oid(schema::oid view) { return default_oid(view, 0); }
inline schema::oid row_type_oid(schema::oid table) {
    return 0x80000000U + 2U * (table - schema::first_user_oid);
}
inline schema::oid row_array_oid(schema::oid table) { return row_type_oid(table) + 1U; }

}  // namespace historyd::catalog
