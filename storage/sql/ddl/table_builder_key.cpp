#include <algorithm>

#include "storage/sql/ddl/table_builder.hpp"
#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

std::vector<std::string> names_of(node_list nodes) {
    std::vector<std::string> out;
    for (const auto* node : nodes) out.emplace_back(string_of(node));
    return out;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        if (!out.empty()) out += "_";
        out += name;
    }
    return out;
}

// What of a key's definition would change its meaning and is not there.
const char* unspoken_part(const PgQuery__Constraint& node) {
    if (node.deferrable || node.initdeferred) return "deferrable keys";
    if (node.nulls_not_distinct) return "NULLS NOT DISTINCT";
    if (node.n_exclusions > 0) return "exclusion constraints";
    if (*node.indexname != '\0') return "constraints that use an existing index";
    if (node.where_clause != nullptr) return "this form of constraint";
    return nullptr;
}

}  // namespace

result<void> table_builder::add_constraint(const PgQuery__Constraint& node, bool repeats) {
    switch (node.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            keys_.push_back({.node = &node,
                             .columns = names_of(list_of(node.n_keys, node.keys)),
                             .primary = node.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY,
                             .repeats = repeats});
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            checks_.push_back({.node = &node});
            return {};
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            foreign_keys_.push_back({.node = &node,
                                     .columns = names_of(list_of(node.n_fk_attrs, node.fk_attrs)),
                                     .deferrable = node.deferrable != 0,
                                     .initially_deferred = node.initdeferred != 0});
            return {};
        default:
            return t_.unsupported_at("this kind of table constraint", node.location);
    }
}

result<void> table_builder::take_constraint_name(std::string_view name) {
    if (!own_names_.emplace(name).second) {
        return sql_error(sqlstate::duplicate_object, "constraint \"" + std::string(name) +
                                                         "\" for relation \"" + r_.name +
                                                         "\" already exists");
    }
    change_.take_constraint(r_.namespace_id, name);
    return {};
}

bool table_builder::has_same_unique(const std::vector<std::int16_t>& columns) const {
    return std::ranges::any_of(r_.constraints, [&](const schema::constraint& c) {
        return c.kind == schema::constraint_kind::unique && c.columns == columns;
    });
}

result<void> table_builder::finish_key(const pending_key& key) {
    const auto& node = *key.node;
    if (const auto* what = unspoken_part(node)) return t_.unsupported_at(what, node.location);
    if (key.primary && r_.primary_key() != nullptr) {
        return t_.at(
            sql_error(sqlstate::invalid_table_definition,
                      "multiple primary keys for table \"" + r_.name + "\" are not allowed"),
            node.location);
    }
    std::vector<std::int16_t> attnums;
    for (const auto& name : key.columns) {
        const auto column = std::ranges::find(r_.columns, name, &schema::column::name);
        if (column == r_.columns.end()) {
            return t_.at(sql_error(sqlstate::undefined_column,
                                   "column \"" + name + "\" named in key does not exist"),
                         node.location);
        }
        if (std::ranges::find(attnums, column->attnum) != attnums.end()) {
            return t_.at(sql_error(sqlstate::duplicate_column,
                                   "column \"" + name + "\" appears twice in " +
                                       (key.primary ? "primary key" : "unique") + " constraint"),
                         node.location);
        }
        attnums.push_back(column->attnum);
        if (key.primary) column->not_null = true;
    }
    // UNIQUE twice over the same columns is one constraint, unless both are named.
    if (!key.primary && !key.repeats && *node.conname == '\0' && is_new_ &&
        has_same_unique(attnums)) {
        return {};
    }

    schema::index i;
    i.id = change_.new_oid();
    i.unique = true;
    i.primary = key.primary;
    if (*node.conname != '\0') {
        i.name = node.conname;
        if (change_.is_taken(r_.namespace_id, i.name)) {
            return sql_error(sqlstate::duplicate_table,
                             "relation \"" + i.name + "\" already exists");
        }
        change_.take(r_.namespace_id, i.name);
    } else {
        i.name = key.primary ? change_.free_relation_name(r_.namespace_id, r_.name, {}, "pkey")
                             : change_.free_relation_name(r_.namespace_id, r_.name,
                                                          joined(key.columns), "key");
    }
    if (auto free = take_constraint_name(i.name); !free) return free.error();
    for (const auto attnum : attnums) i.keys.push_back({.attnum = attnum, .expression_sql = {}});

    schema::constraint c;
    c.id = change_.new_oid();
    c.name = i.name;
    c.kind = key.primary ? schema::constraint_kind::primary_key : schema::constraint_kind::unique;
    c.columns = attnums;
    c.index = i.id;
    if (key.primary && is_new_ && attnums.size() == 1) {
        r_.has_rowid_key = is_integer(r_.find_column(attnums[0])->type.id);
    }
    new_indexes.push_back(i.id);
    new_constraints.push_back(c.id);
    r_.indexes.push_back(std::move(i));
    r_.constraints.push_back(std::move(c));
    return {};
}

result<void> table_builder::finish_check(const pending_check& check) {
    const auto& node = *check.node;
    table_expression expressions(t_, r_);
    auto condition = expressions.condition(node.raw_expr);
    if (!condition) return condition.error();
    auto text = expressions.print(node.raw_expr, clause::check, type_oid::bool_);
    if (!text) return text.error();

    schema::constraint c;
    c.id = change_.new_oid();
    c.kind = schema::constraint_kind::check;
    c.columns = expressions.columns_of(node.raw_expr, clause::check);
    c.check_sql = std::move(*text);
    if (*node.conname != '\0') {
        c.name = node.conname;
        if (own_names_.contains(c.name)) {
            const auto of_table = " for relation \"" + r_.name + "\"";
            return sql_error(sqlstate::duplicate_object,
                             (is_new_ ? "check constraint \"" : "constraint \"") + c.name + "\"" +
                                 (is_new_ ? "" : of_table) + " already exists");
        }
    } else {
        // Named after its column when there is just one.
        const auto* only = c.columns.size() == 1 ? r_.find_column(c.columns[0]) : nullptr;
        c.name = change_.free_constraint_name(
            r_.namespace_id, r_.name, only != nullptr ? std::string_view(only->name) : "", "check");
    }
    if (auto free = take_constraint_name(c.name); !free) return free.error();
    new_constraints.push_back(c.id);
    r_.constraints.push_back(std::move(c));
    return {};
}

result<void> table_builder::finish_generated(const pending_generated& generated) {
    table_expression expressions(t_, r_);
    const auto column = std::ranges::find(r_.columns, generated.attnum, &schema::column::attnum);
    for (const auto attnum : expressions.columns_of(generated.node, clause::generated)) {
        const auto* used = r_.find_column(attnum);
        if (used->generated == 0) continue;
        return sql_error(sqlstate::invalid_object_definition,
                         "cannot use generated column \"" + used->name +
                             "\" in column generation expression")
            .with_detail("A generated column cannot reference another generated column.");
    }
    auto value = expressions.translate(generated.node, clause::generated, 0);
    if (!value) return value.error();
    auto coerced = t_.coerce_for_column(std::move(*value), *column);
    if (!coerced) return coerced.error();
    auto text = expressions.print(generated.node, clause::generated, column->type.id);
    if (!text) return text.error();
    column->default_sql = std::move(*text);
    return {};
}

result<void> table_builder::finish() {
    for (const auto& c : r_.constraints) own_names_.insert(c.name);
    for (const auto& g : generated_) {
        if (auto done = finish_generated(g); !done) return done;
    }
    // The primary key is made first, wherever it stands.
    std::ranges::stable_partition(keys_, [](const pending_key& k) { return k.primary; });
    for (const auto& key : keys_) {
        if (auto done = finish_key(key); !done) return done;
    }
    for (const auto& check : checks_) {
        if (auto done = finish_check(check); !done) return done;
    }
    for (const auto& key : foreign_keys_) {
        if (auto done = finish_foreign_key(key); !done) return done;
    }
    return {};
}

}  // namespace historyd::sql
