#include <algorithm>

#include "storage/sql/ddl/dependents.hpp"
#include "storage/sql/ddl/renamed_text.hpp"
#include "storage/sql/ddl/sequence_options.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_alteration.hpp"
#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/dml/target.hpp"
#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace {

bool mentions(const std::vector<std::int16_t>& attnums, std::int16_t attnum) {
    return std::ranges::find(attnums, attnum) != attnums.end();
}

sql_error null_values(const schema::schema& s, const schema::relation& r, const schema::column& c) {
    sql_error error(sqlstate::not_null_violation, "column \"" + c.name + "\" of relation \"" +
                                                      r.name + "\" contains null values");
    const auto* space = s.find_namespace(r.namespace_id);
    error.schema_name = space == nullptr ? std::string() : space->name;
    error.table_name = r.name;
    error.column_name = c.name;
    return error;
}

}  // namespace

result<schema::column*> table_alteration::column_named(std::string_view name) {
    const auto found = std::ranges::find(r_.columns, name, &schema::column::name);
    if (found == r_.columns.end()) {
        return sql_error(
            sqlstate::undefined_column,
            "column \"" + std::string(name) + "\" of relation \"" + r_.name + "\" does not exist");
    }
    return &*found;
}

// Rows that are there get the sequence's numbers in the order they lie in.
result<void> table_alteration::number_rows(const schema::column& c, const schema::sequence& s) {
    const auto rowid = translator::rowid_name(r_);
    if (rowid.empty()) {
        return change_.t().unsupported_at("sequences of columns added to this table", -1);
    }
    const auto start = std::to_string(s.start), step = std::to_string(s.increment);
    change_.run(
        "UPDATE " + table_sql() + " SET " + quote_name(c.name) +
        " = historyd_numbered.\"n\" FROM (SELECT " + rowid + " AS \"r\", " + start + " + " + step +
        " * (row_number() OVER (ORDER BY " + rowid + ") - 1) AS \"n\" FROM " + table_sql() +
        ") AS historyd_numbered WHERE historyd_numbered.\"r\" = " + table_sql() + "." + rowid);
    change_.run("INSERT OR REPLACE INTO historyd_sequence_position SELECT ?1, " +
                    std::string(s.increment < 0 ? "min(" : "max(") + quote_name(c.name) +
                    "), 1 FROM " + table_sql() + " HAVING count(*) > 0",
                {static_cast<std::int64_t>(s.id)});
    return {};
}

result<void> table_alteration::fill_new_column(const schema::column& c,
                                               const table_builder& builder) {
    const auto numbered =
        std::ranges::find(builder.sequences, c.attnum, &schema::sequence::owner_attnum);
    if (numbered != builder.sequences.end()) {
        return number_rows(c, *numbered);
    }
    if (c.default_sql) {
        auto value = default_value(t_, r_, c);
        if (!value) return value.error();
        change_.run("UPDATE " + table_sql() + " SET " + quote_name(c.name) + " = " + value->sql);
    } else if (c.not_null) {
        change_.fail_if(table_sql(), null_values(change_.schema(), r_, c));
    }
    return {};
}

// A backend numbers its rows in another order, and the numbers of here, which come row by row,
// would meet those of rows that have yet to get theirs.
void table_alteration::number_elsewhere(const schema::column& c) {
    const auto table = visible_name(t_, r_.namespace_id, r_.name);
    const auto column = quote_identifier(c.name);
    const auto generated = [&](const char* when) {
        if (c.identity != 'a') return;
        change_.run_on_backend("ALTER TABLE " + table + " ALTER " + column + " SET GENERATED " +
                               when);
    };
    generated("BY DEFAULT");
    change_.run_on_backend("UPDATE " + table + " SET " + column + " = -" + column);
    generated("ALWAYS");
}

result<void> table_alteration::add_column(const PgQuery__AlterTableCmd& command) {
    const auto& def = *command.def->column_def;
    if (command.missing_ok && r_.find_column(std::string_view(def.colname)) != nullptr) {
        skip("column \"" + std::string(def.colname) + "\" of relation \"" + r_.name +
                 "\" already exists",
             sqlstate::duplicate_column);
        return {};
    }
    const auto constraints_before = r_.constraints.size();
    table_builder builder(change_, r_, false);
    if (auto added = builder.add_column(def); !added) return added;
    if (auto done = builder.finish(); !done) return done;
    const auto& c = r_.columns.back();
    if (c.generated != 0) {
        if (auto possible = need_redeclaration(); !possible) return possible;
        return rebuild(change_, r_, {});
    }
    change_.run("ALTER TABLE " + table_sql() + " ADD COLUMN " + column_sql(c));
    if (auto filled = fill_new_column(c, builder); !filled) return filled;
    if (!builder.sequences.empty() && !builder.new_constraints.empty()) number_elsewhere(c);
    const bool checked =
        std::any_of(r_.constraints.begin() + static_cast<std::ptrdiff_t>(constraints_before),
                    r_.constraints.end(), [](const schema::constraint& k) {
                        return k.kind == schema::constraint_kind::check ||
                               k.kind == schema::constraint_kind::foreign_key;
                    });
    if (c.not_null || checked) {
        if (auto possible = need_redeclaration(); !possible) return possible;
    }
    new_constraints_.insert(new_constraints_.end(), builder.new_constraints.begin(),
                            builder.new_constraints.end());
    new_indexes_.insert(new_indexes_.end(), builder.new_indexes.begin(), builder.new_indexes.end());
    saved_sequences_.insert(saved_sequences_.end(), builder.sequences.begin(),
                            builder.sequences.end());
    return {};
}

// Indexes and constraints of the column go with it; other tables' keys on it only with CASCADE.
result<void> table_alteration::drop_column_parts(std::int16_t attnum, bool cascade) {
    table_expression expressions(t_, r_);
    const auto uses = [&](const std::string& text, clause c) {
        return !text.empty() && mentions(expressions.columns_of(text, c), attnum);
    };
    for (const auto& c : r_.columns) {
        if (c.generated != 0 && c.attnum != attnum && uses(*c.default_sql, clause::generated)) {
            return unsupported("dropping a column that generated column \"" + c.name + "\" uses",
                               "Drop the generated column first.");
        }
    }
    bool declared = false;
    const auto constraints = r_.constraints;
    for (const auto& c : constraints) {
        if (!mentions(c.columns, attnum)) continue;
        if (c.kind == schema::constraint_kind::primary_key ||
            c.kind == schema::constraint_kind::unique) {
            if (auto free = drop_referencing_keys(c, cascade); !free) return free;
        } else {
            declared = true;
        }
    }
    std::vector<schema::oid> gone;
    bool was_rowid = false;
    for (const auto& i : r_.indexes) {
        const bool used = std::ranges::any_of(i.keys, [&](const schema::index_key& k) {
            return k.attnum == attnum || uses(k.expression_sql, clause::index_expression);
        });
        if (!used && !uses(i.predicate_sql, clause::index_predicate)) continue;
        if (!has_own_sqlite_index(before_, i)) {
            if (r_.foreign_made) return unsupported("dropping a key that another program declared");
            was_rowid = true;
        }
        drop_sqlite_index(i);
        gone.push_back(i.id);
    }
    std::erase_if(r_.indexes, [&](const schema::index& i) {
        return std::ranges::find(gone, i.id) != gone.end();
    });
    std::erase_if(r_.constraints,
                  [&](const schema::constraint& c) { return mentions(c.columns, attnum); });
    if (was_rowid) {
        r_.has_rowid_key = false;
        return rebuild(change_, r_, {});
    }
    if (!declared) return {};
    if (auto possible = need_redeclaration(); !possible) return possible;
    return redeclare(change_, r_);
}

result<void> table_alteration::drop_column(const PgQuery__AlterTableCmd& command) {
    const std::string name = command.name;
    const auto found = std::ranges::find(r_.columns, name, &schema::column::name);
    if (found == r_.columns.end()) {
        const auto message =
            "column \"" + name + "\" of relation \"" + r_.name + "\" does not exist";
        if (!command.missing_ok) return sql_error(sqlstate::undefined_column, message);
        skip(message);
        return {};
    }
    const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    const auto attnum = found->attnum;
    const auto column_text = "column " + quote_identifier(name) + " of " + object_text(t_, r_);
    for (const auto& view : change_.schema().relations) {
        if (std::ranges::find(view->depends_on, r_.id) == view->depends_on.end()) continue;
        // Only whether the view reads the table is known; a text that never names it is safe.
        if (!is_named_in(view->view_sql, name) && view->view_sql.find('*') == std::string::npos) {
            continue;
        }
        if (cascade) {
            return unsupported("dropping a column together with the views that read it",
                               "Drop " + object_text(t_, *view) + " first.");
        }
        return sql_error(sqlstate::dependent_objects_still_exist,
                         "cannot drop " + column_text + " because other objects depend on it")
            .with_detail(object_text(t_, *view) + " depends on " + column_text)
            .with_hint("Use DROP ... CASCADE to drop the dependent objects too.");
    }
    if (r_.columns.size() == 1) return unsupported("dropping a table's last column");
    if (auto done = drop_column_parts(attnum, cascade); !done) return done;
    change_.run("ALTER TABLE " + table_sql() + " DROP COLUMN " + quote_name(name));
    std::erase_if(r_.columns, [&](const schema::column& c) { return c.attnum == attnum; });
    removal gone(change_);
    for (const auto& s : change_.schema().sequences) {
        if (s.owner_relation == r_.id && s.owner_attnum == attnum) gone.add(s, &r_);
    }
    if (auto free = gone.resolve(cascade, column_text); !free) return free;
    return gone.emit();
}

result<void> table_alteration::set_default(const PgQuery__AlterTableCmd& command) {
    auto column = column_named(command.name);
    if (!column) return column.error();
    auto& c = **column;
    if (c.identity != 0) {
        return sql_error(sqlstate::syntax_error, "column \"" + c.name + "\" of relation \"" +
                                                     r_.name + "\" is an identity column")
            .with_hint(command.def != nullptr ? std::string()
                                              : "Use ALTER TABLE ... ALTER COLUMN ... DROP "
                                                "IDENTITY instead.");
    }
    if (c.generated != 0) {
        return sql_error(sqlstate::syntax_error, "column \"" + c.name + "\" of relation \"" +
                                                     r_.name + "\" is a generated column");
    }
    if (command.def == nullptr) {
        c.default_sql.reset();
        return {};
    }
    auto text = default_text(t_, command.def, c);
    if (!text) return text.error();
    c.default_sql = std::move(*text);
    return {};
}

result<void> table_alteration::set_not_null(const PgQuery__AlterTableCmd& command, bool wanted) {
    auto column = column_named(command.name);
    if (!column) return column.error();
    auto& c = **column;
    if (c.not_null == wanted) return {};
    if (!wanted) {
        const auto* key = r_.primary_key();
        if (key != nullptr && mentions(key->columns, c.attnum)) {
            return sql_error(sqlstate::invalid_table_definition,
                             "column \"" + c.name + "\" is in a primary key");
        }
        if (c.identity != 0) {
            return sql_error(sqlstate::syntax_error, "column \"" + c.name + "\" of relation \"" +
                                                         r_.name + "\" is an identity column");
        }
    }
    if (auto possible = need_redeclaration(); !possible) return possible;
    c.not_null = wanted;
    if (wanted) {
        change_.fail_if(table_sql() + " WHERE " + quote_name(c.name) + " IS NULL",
                        null_values(change_.schema(), r_, c));
    }
    return {};
}

result<void> table_alteration::add_identity(const PgQuery__AlterTableCmd& command) {
    auto column = column_named(command.name);
    if (!column) return column.error();
    auto& c = **column;
    const auto refuse = [&](const std::string& what) {
        return sql_error(sqlstate::object_not_in_prerequisite_state,
                         "column \"" + c.name + "\" of relation \"" + r_.name + "\" " + what);
    };
    if (!is_integer(c.type.id)) return identity_needs_integer();
    if (!c.not_null) {
        return refuse("must be declared NOT NULL before identity can be added");
    }
    if (c.identity != 0) return refuse("is already an identity column");
    if (c.default_sql) return refuse("already has a default value");
    const auto& node = *command.def->constraint;
    schema::sequence s;
    s.type = c.type.id;
    if (auto applied = apply_sequence_options(change_, s, list_of(node.n_options, node.options),
                                              sequence_use::identity);
        !applied) {
        return applied;
    }
    s.id = change_.new_oid();
    s.namespace_id = r_.namespace_id;
    if (s.name.empty())
        s.name = change_.free_relation_name(r_.namespace_id, r_.name, c.name, "seq");
    s.owner_relation = r_.id;
    s.owner_attnum = c.attnum;
    c.identity = node.generated_when[0];
    saved_sequences_.push_back(std::move(s));
    return {};
}

result<void> table_alteration::drop_identity(const PgQuery__AlterTableCmd& command) {
    auto column = column_named(command.name);
    if (!column) return column.error();
    auto& c = **column;
    if (c.identity == 0) {
        const auto message =
            "column \"" + c.name + "\" of relation \"" + r_.name + "\" is not an identity column";
        if (!command.missing_ok) {
            return sql_error(sqlstate::object_not_in_prerequisite_state, message);
        }
        skip(message);
        return {};
    }
    if (r_.foreign_made) return unsupported("dropping the numbering of another program's table");
    c.identity = 0;
    if (const auto* s = change_.schema().column_sequence(r_.id, c.attnum)) change_.erase(*s);
    return {};
}

}  // namespace historyd::sql
