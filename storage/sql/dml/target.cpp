#include "storage/sql/dml/target.hpp"

#include <algorithm>

#include "storage/sql/ddl/table_expression.hpp"

namespace historyd::sql {

result<change_target> find_target(translator& t, scope& s, const PgQuery__RangeVar& name,
                                  std::string_view verb) {
    auto found = t.find_relation(&name);
    if (!found) return found.error();
    const auto& r = **found;
    if (r.is_catalog) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied: \"" + r.name + "\" is a system catalog");
    }
    if (r.kind == schema::relation_kind::view) {
        return t.at(unsupported(std::string(verb) + " on view \"" + r.name + "\"",
                                "Change the table that the view reads."),
                    name.location);
    }
    if (r.kind != schema::relation_kind::table) {
        return t.at(
            sql_error(sqlstate::wrong_object_type, "cannot change relation \"" + r.name + "\""),
            name.location);
    }
    change_target out;
    out.relation = &r;
    out.entry = &t.add_relation(s, r, name.alias, r.sqlite_name);
    t.reads.erase(r.id);  // changed, not read: a read of it is noted when it comes
    return out;
}

result<const schema::column*> target_column(const translator& t, const schema::relation& r,
                                            const PgQuery__ResTarget& item) {
    const auto* column = r.find_column(std::string_view(item.name));
    if (column == nullptr) {
        return t.at(sql_error(sqlstate::undefined_column, "column \"" + std::string(item.name) +
                                                              "\" of relation \"" + r.name +
                                                              "\" does not exist"),
                    item.location);
    }
    if (item.n_indirection > 0) {
        return t.unsupported_at("assignment to a part of a column", item.location);
    }
    return column;
}

result<where_part> where_part_of(translator& t, const PgQuery__Node* condition, scope& s) {
    if (condition == nullptr) return where_part();
    auto translated = t.condition(condition, s, clause::where, "WHERE");
    if (!translated) return translated.error();
    return where_part{.sql = " WHERE " + translated->sql, .is_volatile = translated->is_volatile};
}

namespace {

// SQLite 3.40 takes each column inside of RETURNING for the table's first one where it asks for its
// affinity, its collation and whether it may be NULL (resolve.c: a TK_REGISTER without iColumn). Of
// a function's value it knows nothing.
class hidden_columns {
public:
    explicit hidden_columns(range_entry& entry) : entry_(entry), before_(entry.columns) {
        for (auto& column : entry_.columns) column.sql = "coalesce(" + column.sql + ", NULL)";
    }
    ~hidden_columns() { entry_.columns = std::move(before_); }
    hidden_columns(const hidden_columns&) = delete;
    hidden_columns& operator=(const hidden_columns&) = delete;

private:
    range_entry& entry_;
    std::vector<range_column> before_;
};

}  // namespace

result<std::string> returning_list(translator& t, node_list items, scope& s,
                                   const change_target& target, plan& out) {
    if (items.empty()) return std::string();
    const hidden_columns hidden(*target.entry);
    return returned_columns(t, items, s, out);
}

result<std::string> returned_columns(translator& t, node_list items, scope& s, plan& out) {
    auto targets = t.target_list(items, s, clause::returning);
    if (!targets) return targets.error();
    std::string list;
    for (const auto& item : *targets) {
        if (!list.empty()) list += ", ";
        list += item.value.sql;
        out.columns.push_back({.name = item.name,
                               .type = item.value.type,
                               .table = item.value.table,
                               .attnum = item.value.attnum});
    }
    out.returns_rows = true;
    return list;
}

void take_parts_ahead(translator& t, plan& out) {
    if (t.parts_ahead.empty()) return;
    if (out.parts.empty()) out.parts.push_back({nullptr, -1, true});
    auto ahead = std::exchange(t.parts_ahead, {});
    out.parts.insert(out.parts.begin(), std::make_move_iterator(ahead.begin()),
                     std::make_move_iterator(ahead.end()));
    out.insert.reset();  // its rows are not known before
}

std::string rowid_key_checked(const schema::relation& r, const schema::column& c,
                              std::string value_sql) {
    const auto* key = r.primary_key();
    if (!r.has_rowid_key || key == nullptr || key->columns.front() != c.attnum) return value_sql;
    const auto message = "null value in column \"" + c.name + "\" of relation \"" + r.name +
                         "\" violates not-null constraint";
    return "coalesce(" + value_sql + ", pg_raise('23502', " + quote_text(message) + "))";
}

std::shared_ptr<plan> new_change_plan(const translator& t, command c, const schema::relation& r) {
    auto out = std::make_shared<plan>();
    out->command = c;
    out->schema_epoch = t.schema().epoch;
    out->target = r.id;
    return out;
}

result<expr> default_value(translator& t, const schema::relation& r, const schema::column& c) {
    if (c.identity != 0) {
        const auto* sequence = t.schema().column_sequence(r.id, c.attnum);
        if (sequence == nullptr) {
            return sql_error(sqlstate::internal_error,
                             "no owned sequence found for column \"" + c.name + "\"");
        }
        const type_ref regclass{.id = types::type_oid::regclass};
        auto next = t.apply_function(
            "nextval", {t.constant(regclass, static_cast<std::int64_t>(sequence->id))}, -1);
        if (!next) return next.error();
        return t.coerce_for_column(std::move(*next), c);
    }
    if (!c.default_sql || c.generated != 0) return t.null_of(c.type);
    auto parsed = parse_expression(t, *c.default_sql);
    if (!parsed) return parsed.error();
    scope nothing;
    auto value = t.expression(parsed->node, nothing, clause::column_default);
    if (!value) return value.error();
    return t.coerce_for_column(std::move(*value), c);
}

}  // namespace historyd::sql
