#include <algorithm>

#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/deparse/relation_names.hpp"
#include "storage/sql/deparse/statement_text.hpp"

namespace historyd::sql {

namespace {

// CREATE OR REPLACE VIEW may add columns at the end and change nothing else of them.
result<void> check_replacement(const schema::relation& old, const schema::relation& replacement) {
    if (replacement.columns.size() < old.columns.size()) {
        return sql_error(sqlstate::invalid_table_definition, "cannot drop columns from view");
    }
    for (std::size_t i = 0; i < old.columns.size(); ++i) {
        const auto& before = old.columns[i];
        const auto& after = replacement.columns[i];
        if (before.name != after.name) {
            return sql_error(sqlstate::invalid_table_definition,
                             "cannot change name of view "
                             "column \"" +
                                 before.name + "\" to \"" + after.name + "\"")
                .with_hint(
                    "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column "
                    "instead.");
        }
        if (!(before.type == after.type)) {
            return sql_error(sqlstate::invalid_table_definition,
                             "cannot change data type of view column \"" + before.name +
                                 "\" from " + types::format_type(before.type) + " to " +
                                 types::format_type(after.type));
        }
    }
    return {};
}

bool reads_temporary(const translator& t) {
    return std::ranges::any_of(t.reads, [&](oid id) {
        return t.schema().is_temporary(t.schema().find_relation(id)->namespace_id);
    });
}

}  // namespace

result<void> columns_of_query(const query& q, node_list names, std::string_view what,
                              schema::relation& r) {
    if (names.size() > q.columns.size()) {
        return sql_error(sqlstate::syntax_error, std::string(what));
    }
    for (std::size_t i = 0; i < q.columns.size(); ++i) {
        schema::column c;
        c.name = i < names.size() ? std::string(string_of(names[i])) : q.columns[i].name;
        c.type = q.columns[i].type;
        c.attnum = r.next_attnum++;
        if (r.find_column(std::string_view(c.name)) != nullptr) {
            return sql_error(sqlstate::duplicate_column,
                             "column \"" + c.name + "\" specified more than once");
        }
        r.columns.push_back(std::move(c));
    }
    return {};
}

void emit_view(schema_change& change, const schema::relation& r, const std::string& query_sql) {
    std::string names;
    for (const auto& c : r.columns) {
        if (!names.empty()) names += ", ";
        names += quote_name(c.name);
    }
    change.run("CREATE VIEW " + quote_name(r.sqlite_name) +
               (names.empty() ? std::string() : " (" + names + ")") + " AS " + query_sql);
    change.save(r);
}

definition create_view(translator& t, const PgQuery__ViewStmt& node) {
    if (node.with_check_option != PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION &&
        node.with_check_option != PG_QUERY__VIEW_CHECK_OPTION__VIEW_CHECK_OPTION_UNDEFINED) {
        return t.unsupported_at("WITH CHECK OPTION", node.view->location);
    }
    schema_change change(t);
    auto q = t.select(node.query, nullptr, {});
    if (!q) return q.error();
    if (auto parameters = t.parameters(); parameters && !parameters->empty()) {
        return sql_error(sqlstate::undefined_parameter, "there is no parameter $1");
    }
    auto name = *node.view;
    std::string temporary = "t";
    if (*name.relpersistence != 't' && reads_temporary(t)) {
        name.relpersistence = temporary.data();
        change.notice(
            sql_error(sqlstate::successful_completion,
                      "view \"" + std::string(name.relname) + "\" will be a temporary view")
                .with_severity(severity::notice));
    }
    auto space = target_namespace(change, name);
    if (!space) return space.error();
    const auto* old = t.schema().find_relation((*space)->name, node.view->relname);
    const bool replaces = node.replace && old != nullptr;
    if (replaces && old->kind != schema::relation_kind::view) {
        return sql_error(sqlstate::wrong_object_type, "\"" + old->name + "\" is not a view");
    }
    if (!replaces) {
        if (auto skip = skip_existing(change, **space, node.view->relname, false); !skip) {
            return skip.error();
        }
    }
    auto text = statement_text(*node.query);
    if (!text) return text.error();

    schema::relation r;
    r.id = replaces ? old->id : change.new_oid();
    r.namespace_id = (*space)->id;
    r.name = node.view->relname;
    r.kind = schema::relation_kind::view;
    // In the stored form, whatever the search path that it was written for.
    r.view_sql = with_relation_names(*text, t.io().names, t.stored_io().names);
    r.depends_on.assign(t.reads.begin(), t.reads.end());
    r.depends_on.insert(r.depends_on.end(), t.sequences.begin(), t.sequences.end());
    if (auto made = columns_of_query(*q, list_of(node.n_aliases, node.aliases),
                                     "CREATE VIEW specifies more column names than columns", r);
        !made) {
        return made.error();
    }
    if (replaces) {
        if (auto allowed = check_replacement(*old, r); !allowed) return allowed.error();
        r.sqlite_name = old->sqlite_name;
        r.comment = old->comment;
        change.run("DROP VIEW " + quote_name(old->sqlite_name));
    } else {
        r.sqlite_name = change.new_sqlite_name(r.namespace_id, r.name);
    }
    emit_view(change, r, q->sql);
    return change.finish("CREATE VIEW");
}

}  // namespace historyd::sql
