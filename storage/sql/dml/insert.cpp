#include "storage/sql/dml/insert.hpp"

#include "storage/sql/dml/cascades.hpp"
#include "storage/sql/dml/changes.hpp"

namespace historyd::sql {

namespace {

bool is_plain_values(const PgQuery__SelectStmt& s) {
    return s.n_values_lists > 0 && s.n_sort_clause == 0 && s.limit_count == nullptr &&
           s.limit_offset == nullptr && s.with_clause == nullptr && s.n_locking_clause == 0;
}

}  // namespace

std::string insert_builder::column_list() const {
    std::string out;
    for (const auto& c : table().columns) {
        if (c.generated != 0) continue;
        if (!out.empty()) out += ", ";
        out += quote_name(c.name);
    }
    return out;
}

std::string insert_builder::insert_head() const {
    return "INSERT INTO " + target_.sql() + " (" + column_list() + ") ";
}

std::string insert_builder::not_null_checked(const column_value& v, const schema::column& c) const {
    return v.may_be_null ? rowid_key_checked(table(), c, v.sql) : v.sql;
}

result<void> insert_builder::finish() {
    std::string rows;
    if (query_row_) {
        rows = "SELECT " + row_sql(*query_row_) + " FROM " + quote_name(query_alias_);
        std::string names;
        for (std::size_t i = 1; i <= query_width_; ++i) {
            names += (i > 1 ? ", \"c" : "\"c") + std::to_string(i) + "\"";
        }
        while (with_sql_.ends_with(' ')) with_sql_.pop_back();
        with_sql_ += with_sql_.empty() ? "WITH " : ", ";
        with_sql_ += quote_name(query_alias_) + "(" + names + ") AS (" + query_sql_ + ") ";
    } else if (source_ != nullptr) {
        rows = "SELECT " + row_sql(rows_.at(0)) + " FROM " + source_->from_sql;
    } else {
        for (const auto& r : rows_) {
            rows += (rows.empty() ? "VALUES (" : ", (") + row_sql(r) + ")";
        }
    }
    const bool no_columns = column_list().empty();
    if (no_columns) {
        plan_->sql = "INSERT INTO " + target_.sql() + " DEFAULT VALUES";
        return {};
    }
    auto conflict = on_conflict();
    if (!conflict) return conflict.error();
    if (arbiter_ != nullptr && (query_row_ || rows_.size() > 1)) {
        auto checked = once_each(rows);
        if (!checked) return checked.error();
        rows = std::move(*checked);
    }
    // "WHERE 1": else SQLite could read ON CONFLICT as a join's ON.
    if (!conflict->empty() && query_row_ && arbiter_ == nullptr) rows += " WHERE 1";
    plan_->sql = with_sql_ + insert_head() + rows + *conflict;
    return {};
}

result<std::shared_ptr<plan>> insert_builder::build() {
    auto target = find_target(t_, target_scope_, *node_.relation, "INSERT");
    if (!target) return target.error();
    target_ = *target;
    plan_ = new_change_plan(t_, command::insert, table());
    plan_->tag = "INSERT 0";
    if (auto found = find_columns(); !found) return found.error();
    auto with = t_.with_clause(node_.with_clause, with_, nullptr);
    if (!with) return with.error();
    with_sql_ = std::move(*with);
    has_with_ = !with_sql_.empty();
    scope_.with = &with_;
    target_scope_.with = &with_;

    result<void> read;
    if (node_.select_stmt == nullptr) {
        read = read_default_row();
    } else if (is_plain_values(*node_.select_stmt->select_stmt)) {
        read = read_values(*node_.select_stmt->select_stmt);
    } else {
        read = read_query();
    }
    if (!read) return read.error();
    if (auto done = finish(); !done) return done.error();

    target_scope_.visible.clear();
    target_scope_.show(*target_.entry);
    const translator::reading_as_before as_before(
        t_, updates() ? changed_with(t_.schema(), table().id) : std::set<oid>{table().id},
        has_with_);
    auto returning = returning_list(t_, list_of(node_.n_returning_list, node_.returning_list),
                                    target_scope_, target_, *plan_);
    if (!returning) return returning.error();
    returning_ = std::move(*returning);
    if (!returning_.empty()) plan_->sql += " RETURNING " + returning_;
    if (auto made = make_concrete(); !made) return made.error();
    if (source_ == nullptr) take_parts_ahead(t_, *plan_);
    return plan_;
}

result<std::shared_ptr<plan>> insert_rows(translator& t, const PgQuery__InsertStmt& node) {
    return insert_builder(t, node).build();
}

}  // namespace historyd::sql
