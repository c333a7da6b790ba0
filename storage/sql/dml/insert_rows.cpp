#include <algorithm>

#include "storage/sql/dml/insert.hpp"
#include "storage/sql/is_brief.hpp"
#include "storage/sql/node_location.hpp"

namespace historyd::sql {

namespace {

bool is_default(const PgQuery__Node* node) {
    return node->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT;
}

}  // namespace

result<column_value> insert_builder::default_of(const schema::column& c) {
    if (const auto known = defaults_.find(c.attnum); known != defaults_.end()) {
        return known->second;
    }
    auto made = defaulted_value(t_, table(), c);
    if (made) defaults_.emplace(c.attnum, *made);
    return made;
}

result<insert_builder::row> insert_builder::read_row(node_list items) {
    if (items.size() > columns_.size()) {
        return count_error("expressions than target columns",
                           node_location(items[columns_.size()]));
    }
    if (items.size() < columns_.size() && node_.n_cols > 0) {
        return count_error("target columns than expressions", locations_[items.size()]);
    }
    row out(table().columns.size());
    for (std::size_t i = 0; i < table().columns.size(); ++i) {
        const auto& c = table().columns[i];
        const auto given = std::ranges::find(columns_, &c);
        const auto place = static_cast<std::size_t>(given - columns_.begin());
        const bool listed = given != columns_.end() && place < items.size();
        const bool by_default = !listed || is_default(items[place]);
        if (listed) {
            if (auto allowed = check_override(c, by_default); !allowed) return allowed.error();
        }
        const bool takes_default = by_default || uses_sequence_instead(c);
        auto value = takes_default ? default_of(c)
                                   : given_value(t_, items[place],
                                                 source_ != nullptr ? source_->names : scope_,
                                                 clause::values, c);
        if (!value) return hinted(value.error());
        const bool counts = value->source && std::holds_alternative<nextval_source>(*value->source);
        value->brief =
            !counts && (value->source || (!takes_default && is_brief_expression(items[place])));
        out[i] = std::move(*value);
    }
    return out;
}

// VALUES does not see the table; PostgreSQL says so where a name would fit.
sql_error insert_builder::hinted(sql_error error) const {
    if (error.sqlstate != sqlstate::undefined_column || !error.hint.empty()) return error;
    for (const auto& c : table().columns) {
        if (error.message != "column \"" + c.name + "\" does not exist") continue;
        error.hint = "There is a column named \"" + c.name + "\" in table \"" + table().name +
                     "\", but it cannot be referenced from this part of the query.";
    }
    return error;
}

result<void> insert_builder::read_default_row() {
    auto made = read_row({});
    if (!made) return made.error();
    rows_.push_back(std::move(*made));
    return {};
}

result<void> insert_builder::read_values(const PgQuery__SelectStmt& select) {
    std::size_t width = 0;
    for (const auto* list : list_of(select.n_values_lists, select.values_lists)) {
        const auto items = list_of(list->list->n_items, list->list->items);
        if (!rows_.empty() && items.size() != width) {
            return t_.at(
                sql_error(sqlstate::syntax_error, "VALUES lists must all be the same length"),
                items.empty() ? -1 : node_location(items[0]));
        }
        width = items.size();
        auto made = read_row(items);
        if (!made) return made.error();
        rows_.push_back(std::move(*made));
    }
    return {};
}

// INSERT ... SELECT: the query becomes a WITH item of numbered columns, so that each can be
// converted by name, whatever the query calls them.
result<void> insert_builder::read_query() {
    std::vector<type_ref> wanted;
    for (const auto* c : columns_) wanted.push_back(c->type);
    select_options options;
    options.wanted = wanted;
    options.with = &with_;
    auto q = t_.select(node_.select_stmt, nullptr, options);
    if (!q) return q.error();
    query_sql_ = std::move(q->sql);
    query_alias_ = t_.unique_table("src#");
    query_width_ = q->columns.size();
    if (query_width_ > columns_.size()) {
        return count_error("expressions than target columns",
                           list_location(node_.select_stmt, columns_.size()));
    }
    if (query_width_ < columns_.size() && node_.n_cols > 0) {
        return count_error("target columns than expressions", locations_[query_width_]);
    }
    row out(table().columns.size());
    for (std::size_t i = 0; i < table().columns.size(); ++i) {
        const auto& c = table().columns[i];
        const auto given = std::ranges::find(columns_, &c);
        const auto place = static_cast<std::size_t>(given - columns_.begin());
        if (given == columns_.end() || place >= query_width_ || uses_sequence_instead(c)) {
            auto value = default_of(c);
            if (!value) return value.error();
            out[i] = std::move(*value);
            continue;
        }
        if (auto allowed = check_override(c, false); !allowed) return allowed.error();
        expr e;
        e.sql = quote_name(query_alias_) + ".\"c" + std::to_string(place + 1) + "\"";
        e.type = q->columns[place].type;
        e.location = list_location(node_.select_stmt, place);
        e.not_null = q->not_null.size() > place && q->not_null[place];
        auto value = given_value(t_, std::move(e), c);
        if (!value) return value.error();
        value->source.reset();
        out[i] = std::move(*value);
    }
    query_row_ = std::move(out);
    return {};
}

std::string insert_builder::row_sql(const row& r) const {
    std::string out;
    for (std::size_t i = 0; i < r.size(); ++i) {
        const auto& c = table().columns[i];
        if (c.generated != 0) continue;
        if (!out.empty()) out += ", ";
        out += stored_form(c, not_null_checked(r[i], c));
    }
    return out;
}

}  // namespace historyd::sql
