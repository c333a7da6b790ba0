#include <algorithm>

#include "storage/sql/ddl/collation.hpp"
#include "storage/sql/ddl/sequence_options.hpp"
#include "storage/sql/ddl/sqlite_table.hpp"
#include "storage/sql/ddl/table_alteration.hpp"
#include "storage/sql/ddl/table_expression.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace {

bool mentions(const std::vector<std::int16_t>& attnums, std::int16_t attnum) {
    return std::ranges::find(attnums, attnum) != attnums.end();
}

// A REAL that is a whole number lies in the file as an integer, and under the new declaration is
// read as one.
std::string reading_as_real(std::string sql, const schema::column& c) {
    const auto* info = types::find_type(c.type.id);
    if (info == nullptr || info->form != types::storage_form::real) return sql;
    const auto name = quote_name(c.name);
    const auto real =
        "iif(typeof(" + name + ") = 'integer', CAST(" + name + " AS REAL), " + name + ")";
    for (std::size_t at = 0; (at = sql.find(name, at)) != std::string::npos; at += real.size()) {
        sql.replace(at, name.size(), real);
    }
    return sql;
}

}  // namespace

// The old value as the new type: the USING expression, else the column itself.
result<expr> table_alteration::converted(const PgQuery__ColumnDef& def,
                                         const schema::column& old_column,
                                         const schema::column& new_column) {
    table_expression expressions(t_, r_);
    if (def.raw_default != nullptr) {
        auto value = expressions.translate(def.raw_default, clause::update_source, 0);
        if (!value) return value;
        if (!t_.can_coerce(value->type.id, new_column.type.id, coercion::assignment)) {
            return sql_error(sqlstate::datatype_mismatch,
                             "result of USING clause for column \"" + new_column.name +
                                 "\" cannot be cast automatically to type " +
                                 types::format_type({.id = new_column.type.id}))
                .with_hint("You might need to add an explicit cast.");
        }
        return t_.coerce(std::move(*value), new_column.type, coercion::assignment);
    }
    auto value = expressions.translate(quote_identifier(old_column.name), clause::update_source, 0);
    if (!value) return value;
    if (!t_.can_coerce(old_column.type.id, new_column.type.id, coercion::assignment)) {
        return sql_error(sqlstate::datatype_mismatch,
                         "column \"" + new_column.name +
                             "\" cannot be cast automatically to type " +
                             types::format_type({.id = new_column.type.id}))
            .with_hint("You might need to specify \"USING " + quote_identifier(new_column.name) +
                       "::" + types::format_type(new_column.type) + "\".");
    }
    return t_.coerce(std::move(*value), new_column.type, coercion::assignment);
}

result<void> table_alteration::change_type(const PgQuery__AlterTableCmd& command) {
    const auto& def = *command.def->column_def;
    auto column = column_named(command.name);
    if (!column) return column.error();
    const auto old_column = **column;
    auto new_column = old_column;
    auto type = t_.type_of(def.type_name);
    if (!type) return type.error();
    new_column.type = *type;
    auto collation = collation_of(t_, def, *type);
    if (!collation) return collation.error();
    new_column.collation = std::move(*collation);
    new_column.foreign_form = false;
    if (old_column.identity != 0) {
        if (!is_integer(type->id)) return identity_needs_integer();
        if (const auto* s = change_.schema().column_sequence(r_.id, old_column.attnum)) {
            auto changed = *s;
            if (auto fits = change_sequence_type(changed, type->id); !fits) return fits;
            saved_sequences_.push_back(std::move(changed));
        }
    }
    if (old_column.generated != 0) return unsupported("changing the type of a generated column");
    for (const auto& view : change_.schema().relations) {
        if (std::ranges::find(view->depends_on, r_.id) == view->depends_on.end()) continue;
        if (view->view_sql.find(old_column.name) == std::string::npos &&
            view->view_sql.find('*') == std::string::npos) {
            continue;
        }
        return sql_error(sqlstate::feature_not_supported,
                         "cannot alter type of a column used by a view or rule")
            .with_detail("rule _RETURN on view " + quote_identifier(view->name) +
                         " depends on column \"" + old_column.name + "\"");
    }
    const auto* key = r_.primary_key();
    const bool is_rowid =
        r_.has_rowid_key && key != nullptr && mentions(key->columns, old_column.attnum);
    const bool in_foreign_key = std::ranges::any_of(r_.constraints, [&](const auto& c) {
        return c.kind == schema::constraint_kind::foreign_key &&
               mentions(c.columns, old_column.attnum);
    });
    if (in_foreign_key && !(is_integer(old_column.type.id) && is_integer(new_column.type.id))) {
        return unsupported("changing the type of a foreign key's column",
                           "Drop the constraint first.");
    }
    auto value = converted(def, old_column, new_column);
    if (!value) return value.error();
    if (old_column.default_sql) {
        auto parsed = parse_expression(t_, *old_column.default_sql);
        if (!parsed) return parsed.error();
        auto text = default_text(t_, parsed->node, new_column);
        if (!text) {
            return sql_error(sqlstate::datatype_mismatch,
                             "default for column \"" + new_column.name +
                                 "\" cannot be cast automatically to type " +
                                 types::format_type({.id = new_column.type.id}));
        }
        if (!is_integer(old_column.type.id) || !is_integer(new_column.type.id)) {
            new_column.default_sql = std::move(*text);
        }
    }
    std::vector<const schema::index*> rebuilt;
    for (const auto& i : r_.indexes) {
        const bool used = std::ranges::any_of(i.keys, [&](const schema::index_key& k) {
            return k.attnum == old_column.attnum || k.attnum == 0;
        });
        if ((!used && i.predicate_sql.empty()) || !has_own_sqlite_index(before_, i)) continue;
        rebuilt.push_back(&i);
    }
    const auto unchanged = value->sql == quote_name(old_column.name);
    **column = new_column;
    if (is_rowid && !(unchanged && is_integer(new_column.type.id))) {
        if (auto possible = need_redeclaration(); !possible) return possible;
        r_.has_rowid_key = is_integer(new_column.type.id);
        return rebuild(change_, r_, {{new_column.attnum, value->sql}});
    }
    if (unchanged && column_sql(old_column) == column_sql(new_column)) return {};
    if (auto possible = need_redeclaration(); !possible) return possible;
    for (const auto* i : rebuilt) drop_sqlite_index(*i);
    if (auto done = redeclare(change_, r_); !done) return done;
    if (!unchanged) {
        change_.run("UPDATE " + table_sql() + " SET " + quote_name(old_column.name) + " = " +
                    reading_as_real(value->sql, old_column));
    }
    for (const auto* i : rebuilt) {
        if (auto made = make_sqlite_index(*i); !made) return made;
    }
    return {};
}

}  // namespace historyd::sql
