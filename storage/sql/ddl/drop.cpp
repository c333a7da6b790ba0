#include <algorithm>
#include <map>

#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/dependents.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/statement.hpp"

namespace historyd::sql {

namespace {

// What a name of the statement turned out to be.
struct named_object {
    const schema::relation* relation = nullptr;  // of a table or view; of an index, its table
    const schema::index* index = nullptr;
    const schema::sequence* sequence = nullptr;
    bool missing_schema = false;

    explicit operator bool() const { return relation != nullptr || sequence != nullptr; }
};

named_object find_in(const schema::schema& s, std::string_view space, std::string_view name) {
    named_object out;
    out.relation = s.find_relation(space, name);
    if (out.relation != nullptr) return out;
    out.sequence = s.find_sequence(space, name);
    if (out.sequence != nullptr) return out;
    const auto [table, index] = s.find_index(space, name);
    out.relation = table;
    out.index = index;
    return out;
}

named_object find_object(const translator& t, const qualified_name& name) {
    if (!name.schema.empty()) {
        if (t.schema().find_namespace(name.schema) == nullptr) return {.missing_schema = true};
        return find_in(t.schema(), name.schema, name.name);
    }
    for (const auto& space : t.input().search_path) {
        if (auto found = find_in(t.schema(), space, name.name)) return found;
    }
    return find_in(t.schema(), "pg_catalog", name.name);
}

std::string_view kind_of(const named_object& o) {
    if (o.sequence != nullptr) return "sequence";
    if (o.index != nullptr) return "index";
    return o.relation->kind == schema::relation_kind::view ? "view" : "table";
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return out;
}

sql_error wrong_kind(std::string_view name, std::string_view wanted, std::string_view found) {
    const auto article = [](std::string_view kind) {
        return std::string(kind == "index" ? "an " : "a ") + std::string(kind);
    };
    return sql_error(sqlstate::wrong_object_type,
                     "\"" + std::string(name) + "\" is not " + article(wanted))
        .with_hint("Use DROP " + upper(found) + " to remove " + article(found) + ".");
}

void skip(schema_change& change, std::string message) {
    sql_error notice(sqlstate::successful_completion, std::move(message) + ", skipping");
    notice.severity = severity::notice;
    change.notice(std::move(notice));
}

// Tables that lose an index; several of one table may go in one statement.
using changed_tables = std::map<schema::oid, schema::relation>;

result<void> drop_index(schema_change& change, changed_tables& changed,
                        const schema::relation& table, const schema::index& index) {
    for (const auto& c : table.constraints) {
        if (c.index != index.id) continue;
        const auto what =
            "constraint " + quote_identifier(c.name) + " on " + object_text(change.t(), table);
        return sql_error(sqlstate::dependent_objects_still_exist,
                         "cannot drop index " + quote_identifier(index.name) + " because " + what +
                             " requires it")
            .with_hint("You can drop " + what + " instead.");
    }
    auto& r = changed.try_emplace(table.id, table).first->second;
    std::erase_if(r.indexes, [&](const schema::index& i) { return i.id == index.id; });
    change.run("DROP INDEX " + quote_name(sqlite_index_name(change.schema(), table, index.name)));
    change.save(r);
    return {};
}

result<std::string_view> kind_to_drop(PgQuery__ObjectType type) {
    switch (type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
            return std::string_view("table");
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            return std::string_view("view");
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
            return std::string_view("index");
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            return std::string_view("sequence");
        default:
            return unsupported("DROP of this kind of object");
    }
}

definition drop_schemas(translator& t, const PgQuery__DropStmt& node) {
    schema_change change(t);
    removal gone(change);
    std::string first;
    for (const auto* object : list_of(node.n_objects, node.objects)) {
        const std::string name(string_of(object));
        const auto* space = t.schema().find_namespace(std::string_view(name));
        if (space == nullptr) {
            const auto message = "schema \"" + name + "\" does not exist";
            if (!node.missing_ok) return sql_error(sqlstate::invalid_schema_name, message);
            skip(change, message);
            continue;
        }
        if (space->id < schema::first_user_oid) {
            return sql_error(
                sqlstate::dependent_objects_still_exist,
                "cannot drop schema " + name + " because it is required by the database system");
        }
        if (auto own = t.check_own(space->id); !own) return own.error();
        if (first.empty()) first = "schema " + quote_identifier(name);
        gone.add(*space);
    }
    if (node.n_objects > 1) first = "desired object(s)";
    const bool cascade = node.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    if (auto resolved = gone.resolve(cascade, first); !resolved) return resolved.error();
    if (auto emitted = gone.emit(); !emitted) return emitted.error();
    return change.finish("DROP SCHEMA");
}

// Kinds of objects that are never there: IF EXISTS skips them, else they do not exist.
definition drop_unknown(translator& t, const PgQuery__DropStmt& node) {
    const bool is_type = node.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ||
                         node.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN;
    const bool is_extension = node.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION;
    if (!is_type && !is_extension) return unsupported(command_tag(t.statement()));
    schema_change change(t);
    for (const auto* object : list_of(node.n_objects, node.objects)) {
        const auto name =
            is_type
                ? qualified_name_of(list_of(object->type_name->n_names, object->type_name->names))
                : qualified_name_of(object);
        const auto message = std::string(is_type ? "type" : "extension") + " \"" +
                             std::string(name.name) + "\" does not exist";
        if (!node.missing_ok) return sql_error(sqlstate::undefined_object, message);
        skip(change, message);
    }
    return change.finish(command_tag(t.statement()));
}

}  // namespace

definition drop_objects(translator& t, const PgQuery__DropStmt& node) {
    if (node.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) return drop_schemas(t, node);
    auto kind = kind_to_drop(node.remove_type);
    if (!kind) return drop_unknown(t, node);
    schema_change change(t);
    removal gone(change);
    changed_tables changed;
    std::string first;
    bool temporary = false, permanent = false;
    for (const auto* object : list_of(node.n_objects, node.objects)) {
        const auto name = qualified_name_of(object);
        const auto found = find_object(t, name);
        if (!found) {
            const auto message =
                found.missing_schema
                    ? "schema \"" + std::string(name.schema) + "\" does not exist"
                    : std::string(*kind) + " \"" +
                          (name.schema.empty() ? "" : std::string(name.schema) + ".") +
                          std::string(name.name) + "\" does not exist";
            if (!node.missing_ok) {
                const auto state = found.missing_schema ? sqlstate::invalid_schema_name
                                   : *kind == "index"   ? sqlstate::undefined_object
                                                        : sqlstate::undefined_table;
                return sql_error(state, message);
            }
            skip(change, message);
            continue;
        }
        if (kind_of(found) != *kind) return wrong_kind(name.name, *kind, kind_of(found));
        if (found.relation != nullptr && found.relation->is_catalog) {
            return sql_error(
                sqlstate::insufficient_privilege,
                "permission denied: \"" + found.relation->name + "\" is a system catalog");
        }
        const auto space =
            found.sequence != nullptr ? found.sequence->namespace_id : found.relation->namespace_id;
        if (auto own = t.check_own(space); !own) return own.error();
        (t.schema().is_temporary(space) ? temporary : permanent) = true;
        if (found.index != nullptr) {
            if (auto done = drop_index(change, changed, *found.relation, *found.index); !done) {
                return done.error();
            }
            continue;
        }
        const auto text = found.sequence != nullptr ? object_text(t, *found.sequence)
                                                    : object_text(t, *found.relation);
        if (first.empty()) first = text;
        if (found.sequence != nullptr) {
            gone.add(*found.sequence);
        } else {
            gone.add(*found.relation);
        }
    }
    if (temporary && permanent) {
        return unsupported("dropping what is temporary and what is not at once",
                           "Use a statement for each.");
    }
    if (node.n_objects > 1) first = "desired object(s)";
    const bool cascade = node.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    if (auto resolved = gone.resolve(cascade, first); !resolved) return resolved.error();
    if (auto emitted = gone.emit(); !emitted) return emitted.error();
    return change.finish(command_tag(t.statement()));
}

}  // namespace historyd::sql
