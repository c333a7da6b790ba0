#pragma once

#include <set>
#include <vector>

#include "storage/sql/translate/translator.hpp"

// WITH items that are INSERT, UPDATE or DELETE. SQLite has none: each item becomes a statement of
// its own, whose rows later ones read by pg_kept_rows(n). In PostgreSQL all of them see the data as
// it was before (its documentation, 7.8.4), so an order is looked for in which none reads what an
// earlier one has changed.

namespace historyd::sql {

class writing_with {
public:
    explicit writing_with(translator& t) : t_(t) {}

    // Translates the items of the statement's WITH, if one of them changes rows or if the
    // translator wants it. Before the statement itself, which finds them in the translator.
    result<void> read_items(const PgQuery__Node& statement);
    // Gives the statement's plan its parts, once it is translated. Error: 0A000 without an order.
    result<void> arrange(const PgQuery__Node& statement, plan& whole);

private:
    struct part {
        std::set<oid> reads, changes;  // tables
        std::set<std::size_t> uses;    // items whose rows it reads, and what those read
        bool adds_only = false;        // an INSERT that looks at no row that is there
        std::set<std::size_t> after;   // parts that have to run before it
        bool is_needed = true;
    };

    result<void> read_item(const PgQuery__CommonTableExpr& node, bool recursive);
    part part_of(const PgQuery__Node& statement, const plan& p) const;
    bool changes_rows(std::size_t i) const { return !parts_[i].changes.empty(); }
    result<void> find_constraints();
    std::vector<std::size_t> preferred_order() const;

    translator& t_;
    const PgQuery__WithClause* with_ = nullptr;
    with_frame frame_;
    std::vector<plan_part> items_;
    std::vector<part> parts_;  // of the items; of the statement itself at the end
};

}  // namespace historyd::sql
