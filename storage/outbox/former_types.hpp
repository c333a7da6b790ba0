#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::outbox {

// The types of columns when entries were written that are still in the outbox: the column may have
// another by now, or be gone.
class former_types {
public:
    static result<former_types> load(sqlite::database& db);

    // Of a column of the table that entries call `table`, in the entry `seq`. Returns: nullopt when
    // it still is as the schema says.
    std::optional<schema::oid> at(std::string_view table, std::string_view column,
                                  std::int64_t seq) const;

private:
    // By table and column: the type up to an entry.
    std::map<std::string, std::map<std::int64_t, schema::oid>, std::less<>> types_;
};

// In the transaction of a definition: remembers, up to the outbox's last entry, the types of the
// columns that it has changed or dropped, and forgets those of entries up to `pruned_seq`.
result<void> remember_types(sqlite::database& db, const schema::schema& before,
                            const schema::schema& after, std::int64_t pruned_seq);

}  // namespace historyd::outbox
