#include <algorithm>

#include "storage/sql/ddl/definitions.hpp"

namespace historyd::sql {

namespace {

// The relation that a qualified name names.
result<const schema::relation*> commented_relation(const translator& t, node_list names) {
    std::string relname(string_of(names.back()));
    std::string schemaname(names.size() > 1 ? string_of(names[names.size() - 2])
                                            : std::string_view());
    PgQuery__RangeVar name = PG_QUERY__RANGE_VAR__INIT;
    name.relname = relname.data();
    name.schemaname = schemaname.data();
    name.location = -1;
    auto found = t.find_relation(&name);
    if (!found) return found;
    if ((*found)->is_catalog) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied: \"" + relname + "\" is a system catalog");
    }
    return found;
}

node_list names_of(const PgQuery__Node* object) {
    if (object != nullptr && object->node_case == PG_QUERY__NODE__NODE_LIST) {
        return list_of(object->list->n_items, object->list->items);
    }
    return {};
}

result<void> comment_on_part(schema_change& change, const PgQuery__CommentStmt& node) {
    const auto names = names_of(node.object);
    if (names.size() < 2) {
        return sql_error(sqlstate::syntax_error, "column name must be qualified");
    }
    auto found = commented_relation(change.t(), names.first(names.size() - 1));
    if (!found) return found.error();
    auto r = **found;
    const std::string name(string_of(names.back()));
    if (node.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN) {
        const auto c = std::ranges::find(r.columns, name, &schema::column::name);
        if (c == r.columns.end()) {
            return sql_error(sqlstate::undefined_column, "column \"" + name + "\" of relation \"" +
                                                             r.name + "\" does not exist");
        }
        c->comment = node.comment;
    } else {
        const auto c = std::ranges::find(r.constraints, name, &schema::constraint::name);
        if (c == r.constraints.end()) {
            return sql_error(
                sqlstate::undefined_object,
                "constraint \"" + name + "\" for table \"" + r.name + "\" does not exist");
        }
        c->comment = node.comment;
    }
    change.save(r);
    return {};
}

result<void> comment_on_relation(schema_change& change, const PgQuery__CommentStmt& node) {
    auto found = commented_relation(change.t(), names_of(node.object));
    if (!found) return found.error();
    auto r = **found;
    const bool wants_view = node.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW;
    if (wants_view != (r.kind == schema::relation_kind::view)) {
        return sql_error(sqlstate::wrong_object_type,
                         "\"" + r.name + (wants_view ? "\" is not a view" : "\" is not a table"));
    }
    r.comment = node.comment;
    change.save(r);
    return {};
}

// Where an index or a sequence is looked for.
std::vector<std::string> namespaces_of(const translator& t, const qualified_name& name) {
    if (!name.schema.empty()) return {std::string(name.schema)};
    return t.input().search_path;
}

sql_error no_relation(const qualified_name& name) {
    auto text = std::string(name.name);
    if (!name.schema.empty()) text = std::string(name.schema) + "." + text;
    return {sqlstate::undefined_table, "relation \"" + text + "\" does not exist"};
}

result<void> comment_on_index(schema_change& change, const PgQuery__CommentStmt& node) {
    const auto name = qualified_name_of(node.object);
    for (const auto& space : namespaces_of(change.t(), name)) {
        const auto [table, index] = change.schema().find_index(space, name.name);
        if (table == nullptr) continue;
        auto r = *table;
        std::ranges::find(r.indexes, index->id, &schema::index::id)->comment = node.comment;
        change.save(r);
        return {};
    }
    return no_relation(name);
}

result<void> comment_on_sequence(schema_change& change, const PgQuery__CommentStmt& node) {
    const auto name = qualified_name_of(node.object);
    for (const auto& space : namespaces_of(change.t(), name)) {
        const auto* found = change.schema().find_sequence(space, name.name);
        if (found == nullptr) continue;
        auto s = *found;
        s.comment = node.comment;
        change.save(s);
        return {};
    }
    return no_relation(name);
}

result<void> comment_on_schema(schema_change& change, const PgQuery__CommentStmt& node) {
    const std::string name(string_of(node.object));
    const auto* found = change.schema().find_namespace(std::string_view(name));
    if (found == nullptr) {
        return sql_error(sqlstate::invalid_schema_name, "schema \"" + name + "\" does not exist");
    }
    auto space = *found;
    space.comment = node.comment;
    change.save(space);
    return {};
}

}  // namespace

definition comment_on(translator& t, const PgQuery__CommentStmt& node) {
    schema_change change(t);
    result<void> done;
    switch (node.objtype) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            done = comment_on_relation(change, node);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
            done = comment_on_part(change, node);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
            done = comment_on_index(change, node);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            done = comment_on_sequence(change, node);
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
            done = comment_on_schema(change, node);
            break;
        default:
            return unsupported("COMMENT on this kind of object");
    }
    if (!done) return done.error();
    return change.finish("COMMENT");
}

}  // namespace historyd::sql
