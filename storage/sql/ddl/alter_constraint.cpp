#include <algorithm>

#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_alteration.hpp"
#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::sql {

namespace {

sql_error about(const schema::schema& s, const schema::relation& r, sql_error error) {
    const auto* space = s.find_namespace(r.namespace_id);
    error.schema_name = space == nullptr ? std::string() : space->name;
    error.table_name = r.name;
    return error;
}

}  // namespace

result<void> table_alteration::add_constraint(const PgQuery__AlterTableCmd& command) {
    if (command.def == nullptr || command.def->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) {
        return unsupported("this constraint");
    }
    table_builder builder(change_, r_, false);
    if (auto taken = builder.add_constraint(*command.def->constraint); !taken) return taken;
    if (auto done = builder.finish(); !done) return done;
    new_constraints_.insert(new_constraints_.end(), builder.new_constraints.begin(),
                            builder.new_constraints.end());
    new_indexes_.insert(new_indexes_.end(), builder.new_indexes.begin(), builder.new_indexes.end());
    for (const auto id : builder.new_constraints) {
        const auto& c = *std::ranges::find(r_.constraints, id, &schema::constraint::id);
        // A unique index needs no new declaration; everything else does, NOT NULL of a key too.
        if (c.kind == schema::constraint_kind::unique) continue;
        const bool key_was_not_null = std::ranges::all_of(c.columns, [&](std::int16_t attnum) {
            const auto* column = before_.find_column(attnum);
            return column != nullptr && column->not_null;
        });
        if (c.kind == schema::constraint_kind::primary_key && key_was_not_null) continue;
        if (auto possible = need_redeclaration(); !possible) return possible;
    }
    return {};
}

// The rows that are there already have to satisfy it.
result<void> table_alteration::verify_constraint(const schema::constraint& c) {
    const auto& s = change_.schema();
    if (c.kind == schema::constraint_kind::primary_key) {
        for (const auto attnum : c.columns) {
            const auto& column = *r_.find_column(attnum);
            auto error = about(s, r_,
                               sql_error(sqlstate::not_null_violation,
                                         "column \"" + column.name + "\" of relation \"" + r_.name +
                                             "\" contains null values"));
            error.column_name = column.name;
            change_.fail_if(table_sql() + " WHERE " + quote_name(column.name) + " IS NULL", error);
        }
    } else if (c.kind == schema::constraint_kind::check) {
        table_expression expressions(t_, r_);
        auto condition = expressions.translate(c.check_sql, clause::check, types::type_oid::bool_);
        if (!condition) return condition.error();
        auto error = about(s, r_,
                           sql_error(sqlstate::check_violation, "check constraint \"" + c.name +
                                                                    "\" of relation \"" + r_.name +
                                                                    "\" is violated by some row"));
        error.constraint_name = c.name;
        change_.fail_if(table_sql() + " WHERE NOT (" + condition->sql + ")", error);
    } else if (c.kind == schema::constraint_kind::foreign_key) {
        const auto* parent =
            c.foreign_relation == r_.id ? &r_ : s.find_relation(c.foreign_relation);
        if (parent == nullptr) return {};
        std::string given, match;
        for (std::size_t i = 0; i < c.columns.size(); ++i) {
            const auto child_name =
                table_sql() + "." + quote_name(r_.find_column(c.columns[i])->name);
            given += (i == 0 ? "" : " AND ") + child_name + " IS NOT NULL";
            match += (i == 0 ? "" : " AND ") + std::string("historyd_parent.") +
                     quote_name(parent->find_column(c.foreign_columns[i])->name) + " = " +
                     child_name;
        }
        auto error = about(s, r_,
                           sql_error(sqlstate::foreign_key_violation,
                                     "insert or update on table \"" + r_.name +
                                         "\" violates foreign key constraint \"" + c.name + "\""));
        error.constraint_name = c.name;
        change_.fail_if(table_sql() + " WHERE " + given + " AND NOT EXISTS (SELECT 1 FROM " +
                            quote_name(parent->sqlite_name) + " AS historyd_parent WHERE " + match +
                            ")",
                        error);
    }
    return {};
}

// Foreign keys of other tables that rest on the key.
result<void> table_alteration::drop_referencing_keys(const schema::constraint& key, bool cascade) {
    for (const auto& other : change_.schema().relations) {
        const auto rests = [&](const schema::constraint& c) {
            return c.kind == schema::constraint_kind::foreign_key && c.foreign_relation == r_.id &&
                   c.foreign_columns == key.columns;
        };
        const auto found = std::ranges::find_if(other->constraints, rests);
        if (found == other->constraints.end()) continue;
        if (!cascade) {
            const auto what = "constraint " + quote_identifier(key.name) + " on table " +
                              quote_identifier(r_.name);
            return sql_error(sqlstate::dependent_objects_still_exist,
                             "cannot drop " + what + " because other objects depend on it")
                .with_detail("constraint " + quote_identifier(found->name) + " on table " +
                             quote_identifier(other->name) + " depends on index " +
                             quote_identifier(key.name))
                .with_hint("Use DROP ... CASCADE to drop the dependent objects too.");
        }
        sql_error notice(sqlstate::successful_completion,
                         "drop cascades to constraint " + quote_identifier(found->name) +
                             " on table " + quote_identifier(other->name));
        notice.severity = severity::notice;
        change_.notice(std::move(notice));
        if (other->id == r_.id) {
            std::erase_if(r_.constraints, rests);
            if (auto possible = need_redeclaration(); !possible) return possible;
            continue;
        }
        if (other->foreign_made) return unsupported("dropping another program's foreign key");
        auto changed = *other;
        std::erase_if(changed.constraints, rests);
        if (auto done = redeclare(change_, changed); !done) return done;
        change_.save(changed);
    }
    return {};
}

result<void> table_alteration::drop_constraint(const PgQuery__AlterTableCmd& command) {
    const std::string name = command.name;
    const auto found = std::ranges::find(r_.constraints, name, &schema::constraint::name);
    if (found == r_.constraints.end()) {
        const auto message =
            "constraint \"" + name + "\" of relation \"" + r_.name + "\" does not exist";
        if (!command.missing_ok) return sql_error(sqlstate::undefined_object, message);
        skip(message);
        return {};
    }
    const auto c = *found;
    if (c.kind != schema::constraint_kind::primary_key &&
        c.kind != schema::constraint_kind::unique) {
        if (auto possible = need_redeclaration(); !possible) return possible;
        r_.constraints.erase(found);
        return {};
    }
    const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    if (auto free = drop_referencing_keys(c, cascade); !free) return free;
    const auto index = std::ranges::find(r_.indexes, c.index, &schema::index::id);
    if (c.kind == schema::constraint_kind::primary_key && r_.has_rowid_key) {
        if (r_.foreign_made) return unsupported("dropping a key that another program declared");
        r_.indexes.erase(index);
        std::erase_if(r_.constraints, [&](const schema::constraint& k) { return k.id == c.id; });
        r_.has_rowid_key = false;
        return rebuild(change_, r_, {});
    }
    if (!has_own_sqlite_index(before_, *index)) {
        return unsupported("dropping a key that another program declared");
    }
    drop_sqlite_index(*index);
    r_.indexes.erase(index);
    std::erase_if(r_.constraints, [&](const schema::constraint& k) { return k.id == c.id; });
    return {};
}

}  // namespace historyd::sql
