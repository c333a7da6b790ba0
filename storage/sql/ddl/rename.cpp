#include <strings.h>

#include <algorithm>

#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/renamed_text.hpp"
#include "storage/sql/ddl/sequence_options.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/deparse/relation_names.hpp"
#include "storage/sql/statement.hpp"

namespace historyd::sql {

namespace {

class renaming {
public:
    renaming(translator& t, const PgQuery__RenameStmt& node)
        : change_(t), node_(node), to_(node.newname) {}

    result<void> carry_out();
    std::shared_ptr<plan> finish() { return change_.finish(command_tag(change_.t().statement())); }

private:
    result<void> column(schema::relation r);
    result<void> relation(schema::relation r);
    result<void> constraint(schema::relation r);
    result<void> index();
    result<void> sequence(const schema::sequence& s);
    result<void> change_index_name(schema::relation& r, schema::index& i);
    result<void> free_name(schema::oid namespace_id) const;
    bool is_read_by_view(const schema::relation& r) const;
    void rename_in_views(const schema::relation& r, std::string_view from);

    schema_change change_;
    const PgQuery__RenameStmt& node_;
    const std::string to_;
};

result<void> renaming::free_name(schema::oid namespace_id) const {
    if (!change_.is_taken(namespace_id, to_)) return {};
    return sql_error(sqlstate::duplicate_table, "relation \"" + to_ + "\" already exists");
}

bool renaming::is_read_by_view(const schema::relation& r) const {
    return std::ranges::any_of(change_.schema().relations, [&](const auto& view) {
        return std::ranges::find(view->depends_on, r.id) != view->depends_on.end();
    });
}

// SQLite rewrites its own text of the views; ours follows.
void renaming::rename_in_views(const schema::relation& r, std::string_view from) {
    for (const auto& other : change_.schema().relations) {
        if (std::ranges::find(other->depends_on, r.id) == other->depends_on.end()) continue;
        auto view = *other;
        view.view_sql = renamed_text(view.view_sql, from, to_);
        change_.save(view);
    }
}

result<void> renaming::column(schema::relation r) {
    const std::string from = node_.subname;
    const auto found = std::ranges::find(r.columns, from, &schema::column::name);
    if (found == r.columns.end()) {
        return sql_error(sqlstate::undefined_column, "column \"" + from + "\" does not exist");
    }
    for (const auto& c : r.columns) {
        if (&c == &*found || strcasecmp(c.name.c_str(), to_.c_str()) != 0) continue;
        if (c.name != to_) return unsupported("column names that differ only in case");
        return sql_error(sqlstate::duplicate_column,
                         "column \"" + to_ + "\" of relation \"" + r.name + "\" already exists");
    }
    if (r.kind == schema::relation_kind::view) return unsupported("renaming a column of a view");
    change_.run("ALTER TABLE " + quote_name(r.sqlite_name) + " RENAME COLUMN " + quote_name(from) +
                " TO " + quote_name(to_));
    found->name = to_;
    for (auto& c : r.columns) {
        if (c.generated != 0 && c.default_sql)
            c.default_sql = renamed_text(*c.default_sql, from, to_);
    }
    for (auto& c : r.constraints) c.check_sql = renamed_text(c.check_sql, from, to_);
    for (auto& i : r.indexes) {
        i.predicate_sql = renamed_text(i.predicate_sql, from, to_);
        for (auto& key : i.keys) key.expression_sql = renamed_text(key.expression_sql, from, to_);
    }
    change_.save(r);
    rename_in_views(r, from);
    return {};
}

result<void> renaming::relation(schema::relation r) {
    if (auto free = free_name(r.namespace_id); !free) return free;
    const auto from = r.name;
    const auto old_sqlite_name = r.sqlite_name;
    r.name = to_;
    r.sqlite_name = change_.new_sqlite_name(r.namespace_id, to_);
    if (r.kind == schema::relation_kind::view) {
        if (is_read_by_view(r)) return unsupported("renaming a view that another view reads");
        const auto& t = change_.t();
        auto statements = parse(with_relation_names(r.view_sql, t.stored_io().names, t.io().names));
        if (!statements) return statements.error();
        auto q = change_.t().select(statements->at(0).node, nullptr, {});
        if (!q) return q.error();
        change_.run("DROP VIEW " + quote_name(old_sqlite_name));
        emit_view(change_, r, q->sql);
        return {};
    }
    change_.run("ALTER TABLE " + quote_name(old_sqlite_name) + " RENAME TO " +
                quote_name(r.sqlite_name));
    change_.save(r);
    rename_in_views(r, from);
    return {};
}

// SQLite cannot rename an index: it is made again.
result<void> renaming::change_index_name(schema::relation& r, schema::index& i) {
    const auto old_name = sqlite_index_name(change_.schema(), r, i.name);
    const bool in_sqlite = has_own_sqlite_index(r, i);
    i.name = to_;
    if (!in_sqlite) return {};
    if (auto free = change_.new_sqlite_index(r, to_); !free) return free.error();
    change_.run("DROP INDEX " + quote_name(old_name));
    auto sql = create_index_sql(change_, r, i);
    if (!sql) return sql.error();
    change_.run(std::move(*sql));
    return {};
}

result<void> renaming::constraint(schema::relation r) {
    const std::string from = node_.subname;
    const auto found = std::ranges::find(r.constraints, from, &schema::constraint::name);
    if (found == r.constraints.end()) {
        return sql_error(sqlstate::undefined_object,
                         "constraint \"" + from + "\" for table \"" + r.name + "\" does not exist");
    }
    if (std::ranges::find(r.constraints, to_, &schema::constraint::name) != r.constraints.end()) {
        return sql_error(sqlstate::duplicate_object, "constraint \"" + to_ + "\" for relation \"" +
                                                         r.name + "\" already exists");
    }
    found->name = to_;
    if (found->index != 0) {
        if (auto free = free_name(r.namespace_id); !free) return free;
        auto& index = *std::ranges::find(r.indexes, found->index, &schema::index::id);
        if (auto done = change_index_name(r, index); !done) return done;
    } else if (r.foreign_made) {
        return unsupported("renaming a constraint that another program declared");
    } else if (auto done = redeclare(change_, r); !done) {
        return done;
    }
    change_.save(r);
    return {};
}

result<void> renaming::index() {
    const auto& name = *node_.relation;
    for (const auto& space : change_.t().input().search_path) {
        const auto in =
            *name.schemaname != '\0' ? std::string_view(name.schemaname) : std::string_view(space);
        const auto [table, found] = change_.schema().find_index(in, name.relname);
        if (table == nullptr) continue;
        auto r = *table;
        if (auto free = free_name(r.namespace_id); !free) return free;
        auto& i = *std::ranges::find(r.indexes, found->id, &schema::index::id);
        for (auto& c : r.constraints) {
            if (c.index == i.id) c.name = to_;
        }
        if (auto done = change_index_name(r, i); !done) return done;
        change_.save(r);
        return {};
    }
    return sql_error(sqlstate::undefined_table,
                     "relation \"" + std::string(name.relname) + "\" does not exist");
}

result<void> renaming::sequence(const schema::sequence& found) {
    if (auto free = free_name(found.namespace_id); !free) return free;
    if (found.foreign_made) return unsupported("renaming another program's numbering");
    auto s = found;
    s.name = to_;
    const auto before = quote_text(sequence_text(change_.schema(), found)) + "::regclass";
    const auto after = quote_text(sequence_text(change_.schema(), s)) + "::regclass";
    change_.save(s);
    for (const auto& other : change_.schema().relations) {
        auto r = *other;
        bool changed = false;
        for (auto& c : r.columns) {
            if (!c.default_sql) continue;
            const auto at = c.default_sql->find(before);
            if (at == std::string::npos) continue;
            c.default_sql->replace(at, before.size(), after);
            changed = true;
        }
        if (changed) change_.save(r);
    }
    return {};
}

result<void> renaming::carry_out() {
    using kind = PgQuery__ObjectType;
    if (node_.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX) {
        auto done = index();
        if (done || !node_.missing_ok) return done;
    }
    const bool spoken = [&](kind k) {
        return k == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ||
               k == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW ||
               k == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
               k == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT ||
               k == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ||
               k == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
    }(node_.rename_type);
    if (!spoken || node_.relation == nullptr) {
        return unsupported(command_tag(change_.t().statement()) + " ... RENAME");
    }
    const auto& name = *node_.relation;
    for (const auto& space : change_.t().input().search_path) {
        const auto in =
            *name.schemaname != '\0' ? std::string_view(name.schemaname) : std::string_view(space);
        if (const auto* s = change_.schema().find_sequence(in, name.relname)) return sequence(*s);
    }
    auto found = change_.t().find_relation(&name);
    if (!found) {
        auto error = found.error();
        error.position = 0;
        if (!node_.missing_ok) return error;
        error.message += ", skipping";
        error.sqlstate = sqlstate::successful_completion;
        error.severity = severity::notice;
        change_.notice(std::move(error));
        return {};
    }
    if ((*found)->is_catalog) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied: \"" + (*found)->name + "\" is a system catalog");
    }
    switch (node_.rename_type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
            return column(**found);
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
            return constraint(**found);
        default:
            return relation(**found);
    }
}

}  // namespace

definition rename_object(translator& t, const PgQuery__RenameStmt& node) {
    renaming r(t, node);
    if (auto done = r.carry_out(); !done) return done.error();
    return r.finish();
}

}  // namespace historyd::sql
