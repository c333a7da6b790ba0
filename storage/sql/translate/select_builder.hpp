#pragma once

#include "storage/sql/translate/select_parts.hpp"

namespace historyd::sql {

// Translates one query level without set operations, clause by clause.
struct select_builder {
    translator& t;
    const PgQuery__SelectStmt& node;
    const select_options& options;
    scope s;
    select_parts parts;
    std::vector<translator::target_source> sources;
    std::vector<column_use> uses;  // of clauses whose expressions are not kept

    select_builder(translator& owner, const PgQuery__SelectStmt& statement, const scope* outer,
                   const with_frame* with, const select_options& o);

    // Bare strings in the list stay open when the caller gives them a type.
    result<select_parts> build(bool settle);

private:
    result<void> refuse_unspoken();
    result<void> build_values();
    result<void> build_group_keys();
    result<std::vector<grouping_set>> grouping_sets_of(const PgQuery__Node* key);
    result<grouping_set> grouping_set_of(const PgQuery__Node* key);
    // Returns: its number; one that was there before keeps it.
    result<std::size_t> add_group_key(const PgQuery__Node* key);
    result<void> check_grouping_sets();
    result<std::optional<std::size_t>> find_group_target(const PgQuery__Node* key);
    result<void> build_targets();
    result<void> build_conditions();
    result<void> build_order();
    result<std::optional<std::size_t>> find_order_target(const PgQuery__Node* key);
    result<void> build_distinct();
    result<void> build_set_calls();
    result<void> check_grouping();
    result<void> check_locking();
    result<void> check_equality(const expr& e);
    void move_lone_having();

    std::vector<std::string> group_texts_;  // of the keys, until all are known
    bool having_aggregates_ = false;
};

}  // namespace historyd::sql
