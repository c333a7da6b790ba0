#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

// SET CONSTRAINTS: which foreign keys a transaction checks at COMMIT and which after each
// statement.

namespace historyd::writer {

// A constraint by its table and its name.
using constraint_key = std::pair<schema::oid, std::string>;

class key_deferral {
public:
    // SET CONSTRAINTS, of all without `keys`. Requires: those given are deferrable.
    void set(bool deferred, std::span<const constraint_key> keys);

    // SET CONSTRAINTS has not been said.
    bool is_as_declared() const { return !all_ && single_.empty(); }
    // Whether the check of foreign key `c` of table `r` waits for COMMIT.
    bool waits(const schema::relation& r, const schema::constraint& c) const;
    // Whether one waits that SQLite, which knows how it was declared, would check at once.
    bool exceeds_declared(const schema::schema& s) const;

private:
    std::optional<bool> all_;
    std::map<constraint_key, bool> single_;
};

// Looks for violated foreign keys that do not wait; says of which row as `io` prints it. Requires:
// some key's check is put off in SQLite and violated. Errors: 23503.
result<void> check_keys(sqlite::database& db, const schema::schema& s, const key_deferral& keys,
                        const types::io_settings& io);

// The same after a COMMIT that failed for a deferred key, `all`: or for any. Returns: nullopt when
// it is not found soon.
std::optional<sql_error> violation_at_commit(sqlite::database& db, const schema::schema& s,
                                             bool all);

}  // namespace historyd::writer
