#include <algorithm>

#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/like_clause.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_builder.hpp"
#include "storage/sql/ddl/temporary.hpp"

namespace historyd::sql {

namespace {

// What of CREATE TABLE would change what the table is, and is not there.
const char* unspoken_part(const PgQuery__CreateStmt& node) {
    if (node.n_inh_relations > 0) return "INHERITS";
    if (node.partbound != nullptr || node.partspec != nullptr) return "partitioned tables";
    if (node.of_typename != nullptr) return "typed tables";
    if (*node.tablespacename != '\0') return "tablespaces";
    return nullptr;
}

}  // namespace

// Storage parameters only tune PostgreSQL's heap: accepted where PostgreSQL knows them.
result<void> check_storage_options(const translator& t, node_list options) {
    static constexpr std::string_view known[] = {
        "fillfactor",         "toast_tuple_target", "parallel_workers",
        "user_catalog_table", "deduplicate_items",  "pages_per_range",
        "autosummarize",      "fastupdate",         "buffering"};
    for (const auto* node : options) {
        const std::string_view name = node->def_elem->defname;
        if (std::ranges::find(known, name) == std::end(known) && !name.starts_with("autovacuum_") &&
            !name.starts_with("toast.") && !name.starts_with("vacuum_") &&
            !name.starts_with("log_autovacuum")) {
            return t.at(sql_error(sqlstate::invalid_parameter_value,
                                  "unrecognized parameter \"" + std::string(name) + "\""),
                        -1);
        }
        const auto* arg = node->def_elem->arg;
        if (name == "fillfactor" && arg != nullptr &&
            arg->node_case == PG_QUERY__NODE__NODE_INTEGER &&
            (arg->integer->ival < 10 || arg->integer->ival > 100)) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "value " + std::to_string(arg->integer->ival) +
                                 " out of bounds for option \"fillfactor\"")
                .with_detail("Valid values are between \"10\" and \"100\".");
        }
    }
    return {};
}

namespace {

result<void> check_temporary(const translator& t, const PgQuery__RangeVar& name,
                             const schema::namespace_info& space) {
    const auto refuse = [&](const char* why) {
        return t.at(sql_error(sqlstate::invalid_table_definition, why), name.location);
    };
    if (!space.is_temporary() && *name.relpersistence == 't') {
        return refuse("cannot create temporary relation in non-temporary schema");
    }
    if (space.is_temporary() && space.name != t.input().temporary_schema) {
        return refuse("cannot create relations in temporary schemas of other sessions");
    }
    return {};
}

}  // namespace

result<const schema::namespace_info*> target_namespace(schema_change& change,
                                                       const PgQuery__RangeVar& name) {
    const auto& t = change.t();
    const schema::namespace_info* space = nullptr;
    if (*name.schemaname != '\0') {
        space = t.schema().find_namespace(std::string_view(name.schemaname));
        if (space == nullptr) {
            return t.at(sql_error(sqlstate::invalid_schema_name,
                                  "schema \"" + std::string(name.schemaname) + "\" does not exist"),
                        name.location);
        }
    } else if (*name.relpersistence == 't') {
        space = t.schema().find_namespace(t.input().temporary_schema);
        if (space == nullptr) {
            return unsupported("temporary tables without a session",
                               "Connect as a client does: they last as long as the connection.");
        }
    }
    for (const auto& candidate : t.input().search_path) {
        if (space != nullptr) break;
        if (candidate != t.input().temporary_schema) space = t.schema().find_namespace(candidate);
    }
    if (space == nullptr) {
        return t.at(
            sql_error(sqlstate::invalid_schema_name, "no schema has been selected to create in"),
            name.location);
    }
    if (space->id == schema::pg_catalog_oid || space->id == schema::information_schema_oid) {
        return sql_error(sqlstate::insufficient_privilege, "permission denied to create \"" +
                                                               space->name + "." +
                                                               std::string(name.relname) + "\"")
            .with_detail("System catalog modifications are currently disallowed.");
    }
    if (auto fits = check_temporary(t, name, *space); !fits) return fits.error();
    if (space->is_temporary() && t.input().temporary_schema_is_new) change.save(*space);
    return space;
}

result<bool> skip_existing(schema_change& change, const schema::namespace_info& space,
                           std::string_view name, bool if_not_exists) {
    if (!change.is_taken(space.id, name)) return false;
    sql_error error(sqlstate::duplicate_table,
                    "relation \"" + std::string(name) + "\" already exists");
    if (!if_not_exists) return error;
    error.message += ", skipping";
    error.severity = severity::notice;
    change.notice(std::move(error));
    return true;
}

result<void> emit_new_table(schema_change& change, const schema::relation& r) {
    auto text = create_table_sql(change, r);
    if (!text) return text.error();
    change.run(std::move(*text));
    for (const auto& i : r.indexes) {
        if (!has_own_sqlite_index(r, i)) continue;
        if (auto free = change.new_sqlite_index(r, i.name); !free) return free.error();
        auto index = create_index_sql(change, r, i);
        if (!index) return index.error();
        change.run(std::move(*index));
    }
    change.save(r);
    return {};
}

result<std::shared_ptr<plan>> create_table(translator& t, const PgQuery__CreateStmt& node) {
    if (const auto* what = unspoken_part(node)) {
        return t.unsupported_at(what, node.relation->location);
    }
    if (auto known = check_storage_options(t, list_of(node.n_options, node.options)); !known) {
        return known.error();
    }
    schema_change change(t);
    auto space = target_namespace(change, *node.relation);
    if (!space) return space.error();
    auto skip = skip_existing(change, **space, node.relation->relname, node.if_not_exists != 0);
    if (!skip) return skip.error();
    if (*skip) return change.finish("CREATE TABLE");

    schema::relation r;
    r.id = change.new_oid();
    r.namespace_id = (*space)->id;
    r.name = node.relation->relname;
    r.sqlite_name = change.new_sqlite_name(r.namespace_id, r.name);
    change.take(r.namespace_id, r.name);

    table_builder builder(change, r, true);
    // Columns first: constraints may name columns that come after them.
    std::vector<like_clause> likes;
    for (const auto* element : list_of(node.n_table_elts, node.table_elts)) {
        result<void> added;
        if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
            added = builder.add_column(*element->column_def);
        } else if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
            auto like = like_clause::read(change, *element->table_like_clause);
            if (!like) return like.error();
            added = like->add_columns(builder);
            likes.push_back(std::move(*like));
        }
        if (!added) return added.error();
    }
    for (const auto* element : list_of(node.n_table_elts, node.table_elts)) {
        if (element->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        if (auto added = builder.add_constraint(*element->constraint); !added) {
            return added.error();
        }
    }
    for (const auto& like : likes) {
        if (auto added = like.add_constraints(builder); !added) return added.error();
    }
    if (auto done = builder.finish(); !done) return done.error();
    for (const auto& like : likes) {
        if (auto added = like.add_indexes(change, r); !added) return added.error();
    }
    if (auto emitted = emit_new_table(change, r); !emitted) return emitted.error();
    for (const auto& s : builder.sequences) change.save(s);
    auto action = on_commit(change.schema(), node.oncommit, r);
    if (!action) return action.error();
    auto out = change.finish("CREATE TABLE");
    out->on_commit = *action;
    return out;
}

}  // namespace historyd::sql
