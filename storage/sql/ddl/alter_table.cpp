#include <algorithm>

#include "storage/sql/ddl/definitions.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_alteration.hpp"
#include "storage/sql/statement.hpp"

namespace historyd::sql {

int table_alteration::pass_of(const PgQuery__AlterTableCmd& command) {
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            return 0;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            return 1;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            return 2;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            return 4;
        default:
            return 3;
    }
}

result<void> table_alteration::need_redeclaration() {
    if (r_.foreign_made) {
        return unsupported("this change to \"" + r_.name + "\"",
                           "Another program made the table, and its declaration is not rewritten.");
    }
    redeclared_ = true;
    return {};
}

void table_alteration::drop_sqlite_index(const schema::index& i) {
    if (has_own_sqlite_index(before_, i)) {
        change_.run("DROP INDEX " + quote_name(sqlite_index_name(change_.schema(), r_, i.name)));
    }
}

result<void> table_alteration::make_sqlite_index(const schema::index& i) {
    auto sql = create_index_sql(change_, r_, i);
    if (!sql) return sql.error();
    change_.run(std::move(*sql));
    return {};
}

void table_alteration::skip(std::string message, std::string_view state) {
    sql_error notice(state, std::move(message) + ", skipping");
    notice.severity = severity::notice;
    change_.notice(std::move(notice));
}

result<void> table_alteration::apply(const PgQuery__AlterTableCmd& command) {
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            return add_column(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
            return drop_column(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
            return set_default(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
            return set_not_null(command, true);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
            return set_not_null(command, false);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
            return add_identity(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
            return drop_identity(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            return add_constraint(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            return drop_constraint(command);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            return change_type(command);
        // Nothing that a client can see depends on these.
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity:
            return {};
        // Constraints are always checked when they are added.
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint: {
            const std::string_view name = command.name;
            const bool there = std::ranges::any_of(
                r_.constraints, [&](const schema::constraint& c) { return c.name == name; });
            if (there) return {};
            return sql_error(sqlstate::undefined_object, "constraint \"" + std::string(name) +
                                                             "\" of relation \"" + r_.name +
                                                             "\" does not exist");
        }
        default:
            return unsupported("this form of " + command_tag(t_.statement()));
    }
}

result<void> table_alteration::finish() {
    if (redeclared_) {
        if (auto done = redeclare(change_, r_); !done) return done;
    }
    for (const auto id : new_constraints_) {
        const auto found = std::ranges::find(r_.constraints, id, &schema::constraint::id);
        if (found == r_.constraints.end()) continue;
        if (auto checked = verify_constraint(*found); !checked) return checked;
    }
    for (const auto id : new_indexes_) {
        const auto found = std::ranges::find(r_.indexes, id, &schema::index::id);
        if (found == r_.indexes.end()) continue;
        if (auto free = change_.new_sqlite_index(r_, found->name); !free) return free.error();
        if (auto checked = emit_unique_check(change_, r_, *found); !checked) return checked;
        if (auto made = make_sqlite_index(*found); !made) return made;
    }
    change_.save(r_);
    for (const auto& s : saved_sequences_) change_.save(s);
    return {};
}

definition alter_table(translator& t, const PgQuery__AlterTableStmt& node) {
    const auto tag = command_tag(t.statement());
    std::vector<const PgQuery__AlterTableCmd*> commands;
    for (const auto* item : list_of(node.n_cmds, node.cmds)) {
        commands.push_back(item->alter_table_cmd);
    }
    const bool owner_only = std::ranges::all_of(commands, [](const auto* c) {
        return c->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner;
    });
    auto found = t.find_relation(node.relation);
    if (!found && owner_only && t.find_sequence(*node.relation) != nullptr) {
        return schema_change(t).finish(tag);
    }
    if (!found) {
        auto error = found.error();
        error.position = 0;
        if (!node.missing_ok) return error;
        schema_change nothing(t);
        error.message += ", skipping";
        error.sqlstate = sqlstate::successful_completion;
        error.severity = severity::notice;
        nothing.notice(std::move(error));
        return nothing.finish(tag);
    }
    const auto& r = **found;
    if (r.is_catalog) {
        return sql_error(sqlstate::insufficient_privilege,
                         "permission denied: \"" + r.name + "\" is a system catalog");
    }
    if (r.kind != schema::relation_kind::table) {
        if (owner_only) return schema_change(t).finish(tag);
        return unsupported(tag + " on view \"" + r.name + "\"", "Use CREATE OR REPLACE VIEW.");
    }
    std::ranges::stable_sort(commands, {}, [](const PgQuery__AlterTableCmd* c) {
        return table_alteration::pass_of(*c);
    });
    table_alteration alteration(t, r);
    for (const auto* command : commands) {
        if (auto done = alteration.apply(*command); !done) return done.error();
    }
    if (auto done = alteration.finish(); !done) return done.error();
    return alteration.change().finish(tag);
}

}  // namespace historyd::sql
