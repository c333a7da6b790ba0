#include "storage/sql/dml/assignments.hpp"
#include "storage/sql/dml/cascades.hpp"
#include "storage/sql/dml/changes.hpp"
#include "storage/sql/dml/insert.hpp"
#include "storage/sql/dml/kept_rows.hpp"

namespace historyd::sql {

namespace {

// MERGE, which SQLite has not, in parts: what is joined is kept together with the number of the
// WHEN that takes it; then each WHEN does what it says with its rows.
class merge_builder {
public:
    merge_builder(translator& t, const PgQuery__MergeStmt& node) : t_(t), node_(node) {}

    result<std::shared_ptr<plan>> build();

private:
    using when_clause = PgQuery__MergeWhenClause;

    result<void> read_names();
    result<std::string> take_sql(bool matched);
    result<void> find();
    void refuse_second_change();
    result<void> act(const when_clause& when, std::size_t number);
    result<std::shared_ptr<plan>> insert(const when_clause& when, const std::string& taken);

    node_list whens() const {
        return list_of(node_.n_merge_when_clauses, node_.merge_when_clauses);
    }
    std::string row() const { return target_.sql() + "." + rowid_; }
    std::string row_of_kept() const { return joined_->column(1); }
    std::string number_of_kept() const { return joined_->column(2); }
    void add_part(std::string sql, int rows) {
        auto part = std::make_shared<plan>();
        part->sql = std::move(sql);
        out_->parts.push_back({std::move(part), rows});
    }

    translator& t_;
    const PgQuery__MergeStmt& node_;
    scope names_, source_names_;  // of both; of the source alone
    with_frame frame_;
    change_target target_;
    std::string from_, rowid_;
    // The target's rowid, the number of the WHEN, the source's columns.
    std::optional<kept_rows> joined_;
    std::shared_ptr<plan> out_;
};

result<void> merge_builder::read_names() {
    auto target = find_target(t_, names_, *node_.relation, "MERGE");
    if (!target) return target.error();
    target_ = *target;
    rowid_ = translator::rowid_name(*target_.relation);
    if (rowid_.empty()) return t_.unsupported_at("MERGE into this table", -1);
    auto with = t_.with_clause(node_.with_clause, frame_, nullptr);
    if (!with) return with.error();
    if (!with->empty()) {
        t_.wants_parts = true;
        return t_.unsupported_at("WITH items here", -1);
    }
    names_.with = source_names_.with = &frame_;
    auto from = t_.from_clause({&node_.source_relation, 1}, names_);
    if (!from) return from.error();
    from_ = std::move(*from);
    source_names_.visible = names_.visible;
    for (const auto& shown : names_.visible) {
        if (shown.by_name && shown.entry->alias == target_.entry->alias) {
            return sql_error(sqlstate::duplicate_alias,
                             "name \"" + shown.entry->alias + "\" specified more than once")
                .with_detail("The name is used both as MERGE target table and data source.");
        }
    }
    names_.visible.insert(names_.visible.begin(), {.entry = target_.entry});
    return {};
}

// The number of the first WHEN, matched or not, whose condition holds; NULL for none.
result<std::string> merge_builder::take_sql(bool matched) {
    std::string out;
    bool always = false;
    std::size_t number = 0;
    for (const auto* node : whens()) {
        ++number;
        const auto& when = *node->merge_when_clause;
        if ((when.matched != 0) != matched) continue;
        if (always) {
            return sql_error(sqlstate::syntax_error,
                             "unreachable WHEN clause specified after unconditional WHEN clause");
        }
        always = when.condition == nullptr;
        std::string condition = "1";
        if (!always) {
            auto translated = t_.condition(when.condition, matched ? names_ : source_names_,
                                           clause::where, "WHEN");
            if (!translated) return translated.error();
            condition = translated->sql;
        }
        out += " WHEN " + condition + " THEN " + std::to_string(number);
    }
    return out.empty() ? "NULL" : "CASE" + out + " END";
}

result<void> merge_builder::find() {
    auto on = t_.condition(node_.join_condition, names_, clause::join_on, "JOIN/ON");
    if (!on) return on.error();
    auto matched = take_sql(true);
    if (!matched) return matched.error();
    auto unmatched = take_sql(false);
    if (!unmatched) return unmatched.error();
    auto sql = "SELECT " + row() + ", CASE WHEN " + row() + " IS NOT NULL THEN " + *matched +
               " ELSE " + *unmatched + " END";
    joined_.emplace(t_);
    joined_->add_column();
    joined_->add_column();
    for (const auto& entry : names_.entries) {
        if (entry.get() == target_.entry) continue;
        for (auto& column : entry->columns) {
            sql += ", " + column.sql;
            column.sql = joined_->add_column();
        }
    }
    sql += " FROM " + from_ + " LEFT JOIN " + target_.sql() + " ON " + on->sql;
    add_part(std::move(sql), joined_->number);
    return {};
}

void merge_builder::refuse_second_change() {
    std::string numbers;
    std::size_t number = 0;
    for (const auto* node : whens()) {
        ++number;
        const auto& when = *node->merge_when_clause;
        if (when.matched == 0 || when.command_type == PG_QUERY__CMD_TYPE__CMD_NOTHING) continue;
        numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
    }
    if (numbers.empty()) return;
    add_part(
        "SELECT pg_raise('21000', 'MERGE command cannot affect row a second time', '', "
        "'Ensure that not more than one source row matches any one target row.') FROM " +
            joined_->from_sql() + " WHERE " + number_of_kept() + " IN (" + numbers + ") GROUP BY " +
            row_of_kept() + " HAVING count(*) > 1",
        -1);
}

result<std::shared_ptr<plan>> merge_builder::insert(const when_clause& when,
                                                    const std::string& taken) {
    // As INSERT INTO ... VALUES has it, over the rows that were kept.
    PgQuery__List values = PG_QUERY__LIST__INIT;
    values.n_items = when.n_values;
    values.items = when.values;
    PgQuery__Node row = PG_QUERY__NODE__INIT, query = PG_QUERY__NODE__INIT;
    row.node_case = PG_QUERY__NODE__NODE_LIST;
    row.list = &values;
    PgQuery__Node* rows[] = {&row};
    PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
    select.n_values_lists = 1;
    select.values_lists = rows;
    query.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    query.select_stmt = &select;
    PgQuery__InsertStmt insert = PG_QUERY__INSERT_STMT__INIT;
    insert.relation = node_.relation;
    insert.n_cols = when.n_target_list;
    insert.cols = when.target_list;
    insert.override = when.override;
    if (when.n_values > 0) insert.select_stmt = &query;
    const insert_source source{source_names_, joined_->from_sql() + " WHERE " + taken};
    return insert_builder(t_, insert, &source).build();
}

result<void> merge_builder::act(const when_clause& when, std::size_t number) {
    const auto taken = number_of_kept() + " = " + std::to_string(number);
    const auto& table = *target_.relation;
    result<std::shared_ptr<plan>> change;
    switch (when.command_type) {
        case PG_QUERY__CMD_TYPE__CMD_UPDATE: {
            auto set =
                assignments(t_, table, list_of(when.n_target_list, when.target_list), names_);
            if (!set) return set.error();
            change = new_change_plan(t_, command::update, table);
            (*change)->sql = "UPDATE " + target_.sql() + " SET " + something_to_set(target_, *set) +
                             " FROM " + joined_->from_sql() + " WHERE " + row() + " = " +
                             row_of_kept() + " AND " + taken;
            break;
        }
        case PG_QUERY__CMD_TYPE__CMD_DELETE:
            change = new_change_plan(t_, command::delete_, table);
            (*change)->sql = "DELETE FROM " + target_.sql() + " WHERE " + row() + " IN (SELECT " +
                             row_of_kept() + " FROM " + joined_->from_sql() + " WHERE " + taken +
                             ")";
            break;
        case PG_QUERY__CMD_TYPE__CMD_INSERT:
            change = insert(when, taken);
            break;
        default:
            return {};  // DO NOTHING
    }
    if (!change) return change.error();
    out_->parts.push_back({std::move(*change), -1, true});
    return {};
}

result<std::shared_ptr<plan>> merge_builder::build() {
    if (auto read = read_names(); !read) return read.error();
    out_ = new_change_plan(t_, command::update, *target_.relation);
    out_->tag = "MERGE";
    if (auto found = find(); !found) return found.error();
    refuse_second_change();
    // The later ones would see what the earlier ones have changed.
    const translator::reading_as_before as_before(
        t_, changed_with(t_.schema(), target_.relation->id), false);
    std::size_t number = 0;
    for (const auto* node : whens()) {
        if (auto done = act(*node->merge_when_clause, ++number); !done) return done.error();
    }
    take_parts_ahead(t_, *out_);
    return out_;
}

}  // namespace

result<std::shared_ptr<plan>> merge_rows(translator& t, const PgQuery__MergeStmt& node) {
    return merge_builder(t, node).build();
}

}  // namespace historyd::sql
