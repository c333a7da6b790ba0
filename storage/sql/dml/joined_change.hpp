#pragma once

#include <string>

#include "storage/sql/dml/kept_rows.hpp"
#include "storage/sql/dml/target.hpp"

namespace historyd::sql {

// An UPDATE ... FROM or DELETE ... USING that returns columns of the other tables, of which
// SQLite's RETURNING knows nothing. It becomes several parts (plan::parts): the rows are found
// together with what they are joined to, and kept; the table is changed by them; and a SELECT over
// what was kept is what is returned.
class joined_change {
public:
    // Whether RETURNING needs that. `changed` is the table's entry in `names`, which sees all.
    static result<bool> is_needed(translator& t, node_list returned, scope& names,
                                  const range_entry& changed);

    // `with` is the statement's WITH, which has to be empty: several statements read its rows, so
    // its items have to be parts too. Where it is not, translation begins anew with them.
    joined_change(translator& t, scope& names, const change_target& target, range_entry& changed,
                  const std::string& with);

    result<std::shared_ptr<plan>> update(const PgQuery__UpdateStmt& node, const std::string& from);
    result<std::shared_ptr<plan>> remove(const PgQuery__DeleteStmt& node, const std::string& from);

private:
    result<void> check() const;
    // The part that finds the rows. Columns of the other tables, and with `all` those of the
    // changed one, are what it kept from now on. Its rows' first column is the rowid.
    result<plan_part> find(const std::string& from, const PgQuery__Node* condition, bool all);

    translator& t_;
    scope& names_;
    const change_target& target_;
    range_entry& changed_;
    const bool has_with_;
    std::string rowid_;
    kept_rows found_;
};

}  // namespace historyd::sql
