#include <algorithm>

#include "storage/sql/ddl/table_builder.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

// Classes of types whose values PostgreSQL compares across types with an index.
int comparison_class(types::oid id) {
    switch (id) {
        case type_oid::int2:
        case type_oid::int4:
        case type_oid::int8:
            return 1;
        case type_oid::text:
        case type_oid::varchar:
            return 2;
        case type_oid::float4:
        case type_oid::float8:
            return 3;
        default:
            return 0;
    }
}

bool comparable(types::oid child, types::oid parent) {
    if (child == parent) return true;
    const int of_child = comparison_class(child);
    if (of_child != 0 && of_child == comparison_class(parent)) return true;
    return false;
}

}  // namespace

result<std::vector<std::int16_t>> table_builder::referenced_columns(
    const pending_foreign_key& key, const schema::relation& parent) {
    const auto names = list_of(key.node->n_pk_attrs, key.node->pk_attrs);
    std::vector<std::int16_t> out;
    if (names.empty()) {
        const auto* primary = parent.primary_key();
        if (primary == nullptr) {
            return sql_error(sqlstate::undefined_object,
                             "there is no primary key for referenced "
                             "table \"" +
                                 parent.name + "\"");
        }
        return primary->columns;
    }
    for (const auto* name : names) {
        const auto* column = parent.find_column(string_of(name));
        if (column == nullptr) {
            return sql_error(sqlstate::undefined_column,
                             "column \"" + std::string(string_of(name)) +
                                 "\" referenced in foreign key constraint does not exist");
        }
        out.push_back(column->attnum);
    }
    return out;
}

result<void> table_builder::check_key_types(const schema::constraint& c,
                                            const schema::relation& parent) {
    for (std::size_t i = 0; i < c.columns.size(); ++i) {
        const auto& child_column = *r_.find_column(c.columns[i]);
        const auto& parent_column = *parent.find_column(c.foreign_columns[i]);
        if (comparable(child_column.type.id, parent_column.type.id)) continue;
        if (t_.can_coerce(child_column.type.id, parent_column.type.id, coercion::implicit)) {
            // PostgreSQL casts; SQLite would compare the two forms as they lie.
            return unsupported("foreign keys between columns of different types",
                               "Give both columns the same type.");
        }
        return sql_error(sqlstate::datatype_mismatch,
                         "foreign key constraint \"" + c.name + "\" cannot be implemented")
            .with_detail("Key columns \"" + child_column.name + "\" and \"" + parent_column.name +
                         "\" are of incompatible types: " +
                         types::format_type({.id = child_column.type.id}) + " and " +
                         types::format_type({.id = parent_column.type.id}) + ".");
    }
    return {};
}

result<void> table_builder::finish_foreign_key(const pending_foreign_key& key) {
    const auto& node = *key.node;
    if (*node.fk_matchtype == 'f' && key.columns.size() > 1) {
        return t_.unsupported_at("MATCH FULL over several columns", node.location);
    }
    if (*node.fk_matchtype == 'p') {
        return t_.at(unsupported("MATCH PARTIAL not yet implemented"), node.location);
    }
    if (node.n_fk_del_set_cols > 0) {
        return t_.unsupported_at("ON DELETE SET with a column list", node.location);
    }
    const schema::relation* parent = &r_;
    const auto* named = change_.schema().find_namespace(std::string_view(node.pktable->schemaname));
    const bool names_itself =
        r_.name == node.pktable->relname &&
        (*node.pktable->schemaname == '\0' || (named != nullptr && named->id == r_.namespace_id));
    if (!names_itself) {
        auto found = t_.find_relation(node.pktable);
        if (!found) {
            auto error = found.error();
            error.position = 0;  // PostgreSQL gives none here
            return error;
        }
        parent = *found;
        if (parent->kind != schema::relation_kind::table || parent->is_catalog) {
            return sql_error(sqlstate::wrong_object_type,
                             "referenced relation \"" + parent->name + "\" is not a table");
        }
        const bool temporary = change_.schema().is_temporary(r_.namespace_id);
        if (change_.schema().is_temporary(parent->namespace_id) != temporary) {
            const std::string kind = temporary ? "temporary" : "permanent";
            return sql_error(
                sqlstate::invalid_table_definition,
                "constraints on " + kind + " tables may reference only " + kind + " tables");
        }
    }
    schema::constraint c;
    c.kind = schema::constraint_kind::foreign_key;
    c.foreign_relation = parent->id;
    std::string columns;
    for (const auto& name : key.columns) {
        const auto* column = r_.find_column(name);
        if (column == nullptr) {
            return sql_error(
                sqlstate::undefined_column,
                "column \"" + name + "\" referenced in foreign key constraint does not exist");
        }
        c.columns.push_back(column->attnum);
        columns += (columns.empty() ? "" : "_") + name;
    }
    auto referenced = referenced_columns(key, *parent);
    if (!referenced) return referenced.error();
    c.foreign_columns = std::move(*referenced);
    if (c.columns.size() != c.foreign_columns.size()) {
        return sql_error(sqlstate::invalid_foreign_key,
                         "number of referencing and referenced columns for foreign key disagree");
    }
    auto wanted = c.foreign_columns;
    std::ranges::sort(wanted);
    const bool is_key = std::ranges::any_of(parent->indexes, [&](const schema::index& i) {
        std::vector<std::int16_t> keys;
        for (const auto& k : i.keys) keys.push_back(k.attnum);
        std::ranges::sort(keys);
        return i.unique && i.predicate_sql.empty() && keys == wanted;
    });
    if (!is_key) {
        return sql_error(sqlstate::invalid_foreign_key,
                         "there is no unique constraint matching given keys for referenced table "
                         "\"" +
                             parent->name + "\"");
    }
    c.on_update = *node.fk_upd_action == '\0' ? 'a' : *node.fk_upd_action;
    c.on_delete = *node.fk_del_action == '\0' ? 'a' : *node.fk_del_action;
    c.deferrable = key.deferrable;
    c.initially_deferred = key.initially_deferred;
    c.name = *node.conname != '\0'
                 ? std::string(node.conname)
                 : change_.free_constraint_name(r_.namespace_id, r_.name, columns, "fkey");
    if (auto fits = check_key_types(c, *parent); !fits) return fits;
    if (auto free = take_constraint_name(c.name); !free) return free;
    c.id = change_.new_oid();
    new_constraints.push_back(c.id);
    r_.constraints.push_back(std::move(c));
    return {};
}

}  // namespace historyd::sql
