#include <algorithm>

#include "storage/sql/dml/insert.hpp"

// plan.insert: the INSERT as rows that can be known before the table is touched.

namespace historyd::sql {

namespace {

// Rows whose acceptance another table or an expression decides cannot be judged one by one.
bool is_keepable(const schema::relation& r) {
    if (r.has_opaque_rules) return false;
    const bool judged_elsewhere = std::ranges::any_of(r.constraints, [](const auto& c) {
        return c.kind == schema::constraint_kind::check ||
               c.kind == schema::constraint_kind::foreign_key;
    });
    const bool odd_index = std::ranges::any_of(r.indexes, [](const schema::index& i) {
        const bool plain =
            i.predicate_sql.empty() &&
            std::ranges::all_of(i.keys, [](const schema::index_key& k) { return k.attnum != 0; });
        return i.unique && !plain;
    });
    return !judged_elsewhere && !odd_index;
}

std::size_t position_of(const schema::relation& r, std::int16_t attnum) {
    const auto found = std::ranges::find(r.columns, attnum, &schema::column::attnum);
    return static_cast<std::size_t>(found - r.columns.begin());
}

std::string placeholder(std::size_t position) { return "?" + std::to_string(position + 1); }

void add_unique_keys(const schema::relation& r, concrete_insert& out) {
    for (const auto& i : r.indexes) {
        const bool plain = i.predicate_sql.empty() &&
                           std::ranges::all_of(i.keys, [](const auto& k) { return k.attnum != 0; });
        if (!i.unique || !plain) continue;
        concrete_insert::unique_key key{.constraint = i.name, .columns = {}, .exists_sql = {}};
        std::string where;
        for (const auto& k : i.keys) {
            if (!where.empty()) where += " AND ";
            const auto& c = *r.find_column(k.attnum);
            where += quote_name(c.name) + " = " + stored_form(c, placeholder(key.columns.size()));
            key.columns.push_back(position_of(r, k.attnum));
        }
        key.exists_sql =
            "SELECT 1 FROM " + translator::relation_sql(r) + " WHERE " + where + " LIMIT 1";
        out.unique_keys.push_back(std::move(key));
    }
}

}  // namespace

std::string insert_builder::evaluate_sql() const {
    const auto list = [](const row& r) {
        std::string out;
        for (const auto& v : r) {
            if (!out.empty()) out += ", ";
            out += v.sql;
        }
        return out;
    };
    if (query_row_) {
        return with_sql_ + "SELECT " + list(*query_row_) + " FROM " + quote_name(query_alias_);
    }
    std::string out = with_sql_;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        out += (i == 0 ? "VALUES (" : ", (") + list(rows_[i]) + ")";
    }
    return out;
}

// RETURNING over the row itself. Returns: false when the client's own parameters are part of it.
result<bool> insert_builder::concrete_returning(concrete_insert& out) {
    if (!plan_->returns_rows) return true;
    // A parameter of the client's would be taken for a value of the row. (A '?' in a literal only
    // costs the detour through SQL.)
    if (returning_.find('?') != std::string::npos) return false;
    scope over_row;
    over_row.with = &with_;
    auto& entry = t_.add_relation(over_row, table(), node_.relation->alias, "row");
    for (std::size_t i = 0; i < entry.columns.size(); ++i) {
        entry.columns[i].sql = placeholder(position_of(table(), entry.columns[i].attnum));
    }
    over_row.show(entry);
    auto targets = t_.target_list(list_of(node_.n_returning_list, node_.returning_list), over_row,
                                  clause::returning);
    if (!targets) return targets.error();
    std::string sql;
    bool plain = true;
    for (const auto& item : *targets) {
        if (item.value.has_subquery) return false;
        const bool is_column =
            item.value.attnum != 0 && item.value.table == table().id &&
            item.value.sql == placeholder(position_of(table(), item.value.attnum));
        plain = plain && is_column;
        if (is_column) out.returning_columns.push_back(position_of(table(), item.value.attnum));
        sql += (sql.empty() ? "SELECT " : ", ") + item.value.sql;
    }
    if (!plain) {
        out.returning_columns.clear();
        out.returning_sql = std::move(sql);
    }
    return true;
}

result<void> insert_builder::make_concrete() {
    const auto& r = table();
    const bool computed =
        std::ranges::any_of(r.columns, [](const auto& c) { return c.generated != 0; });
    const auto depends = [](const row& values) {
        return std::ranges::any_of(values, [](const auto& v) { return v.depends_on_tables; });
    };
    if (source_ != nullptr || t_.ran_before.items != nullptr ||
        node_.on_conflict_clause != nullptr || computed || r.columns.empty() || !t_.reads.empty() ||
        std::ranges::any_of(rows_, depends)) {
        return {};
    }
    concrete_insert out;
    out.table = r.id;
    out.width = r.columns.size();
    auto returned = concrete_returning(out);
    if (!returned) return returned.error();
    if (!*returned) return {};

    const bool all_known = !query_row_ && std::ranges::all_of(rows_, [](const row& values) {
        return std::ranges::all_of(values, [](const auto& v) { return v.source.has_value(); });
    });
    if (all_known) {
        for (const auto& values : rows_) {
            auto& sources = out.rows.emplace_back();
            for (const auto& v : values) sources.push_back(*v.source);
        }
    } else {
        out.evaluate_sql = evaluate_sql();
        out.brief = !query_row_ && std::ranges::all_of(rows_, [](const row& values) {
            return std::ranges::all_of(values, &column_value::brief);
        });
    }
    out.insert_sql = insert_head() + "VALUES (";
    for (std::size_t i = 0; i < out.width; ++i) {
        out.insert_sql += (i == 0 ? "" : ", ") + stored_form(r.columns[i], placeholder(i));
        if (r.columns[i].not_null) out.not_null.push_back(i);
    }
    out.insert_sql += ")";
    add_unique_keys(r, out);
    out.keepable = is_keepable(r);
    plan_->insert = std::move(out);
    return {};
}

}  // namespace historyd::sql
