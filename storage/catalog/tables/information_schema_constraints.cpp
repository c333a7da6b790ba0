// information_schema: constraints and the columns they are about. NOT NULL is listed as a CHECK
// with a name made of OIDs, as the standard wants it and PostgreSQL 15 does it.

#include <algorithm>
#include <array>

#include "storage/catalog/catalog_table.hpp"
#include "storage/catalog/placeholder.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::catalog {

namespace {

using schema::constraint;
using schema::constraint_kind;
using schema::relation;

std::string_view kind_text(constraint_kind kind) {
    switch (kind) {
        case constraint_kind::primary_key:
            return "PRIMARY KEY";
        case constraint_kind::unique:
            return "UNIQUE";
        case constraint_kind::foreign_key:
            return "FOREIGN KEY";
        case constraint_kind::check:
            break;
    }
    return "CHECK";
}

std::string_view rule_text(char action) {
    switch (action) {
        case 'r':
            return "RESTRICT";
        case 'c':
            return "CASCADE";
        case 'n':
            return "SET NULL";
        case 'd':
            return "SET DEFAULT";
        default:
            return "NO ACTION";
    }
}

// Calls f(relation, constraint) for every constraint of the user's tables.
template <class F>
void for_each_constraint(const row_source& from, F f) {
    if (from.is_fixed()) return;
    for (const auto* r : from.relations) {
        for (const auto& c : r->constraints) f(*r, c);
    }
}

// Calls f(relation, column, name) for every NOT NULL.
template <class F>
void for_each_not_null(const row_source& from, F f) {
    if (from.is_fixed()) return;
    for (const auto* r : from.relations) {
        for (const auto& column : r->columns) {
            if (!column.not_null) continue;
            f(*r, column,
              std::to_string(r->namespace_id) + "_" + std::to_string(r->id) + "_" +
                  std::to_string(column.attnum) + "_not_null");
        }
    }
}

row_set::writer constraint_row(row_set& rows, const row_source& from, const relation& r,
                               std::string_view name) {
    auto row = rows.add();
    row.set("constraint_catalog", database_placeholder())
        .set("constraint_schema", from.space_name(r.namespace_id))
        .set("constraint_name", name);
    return row;
}

void set_table(row_set::writer& row, const row_source& from, const relation& r) {
    row.set("table_catalog", database_placeholder())
        .set("table_schema", from.space_name(r.namespace_id))
        .set("table_name", r.name);
}

void fill_table_constraints(const row_source& from, row_set& rows) {
    for_each_constraint(from, [&](const relation& r, const constraint& c) {
        auto row = constraint_row(rows, from, r, c.name);
        set_table(row, from, r);
        row.set("constraint_type", kind_text(c.kind))
            .set("is_deferrable", yes_or_no(c.deferrable))
            .set("initially_deferred", yes_or_no(c.initially_deferred))
            .set("enforced", "YES");
        if (c.kind == constraint_kind::unique) row.set("nulls_distinct", "YES");
    });
    for_each_not_null(from, [&](const relation& r, const schema::column&, const std::string& name) {
        auto row = constraint_row(rows, from, r, name);
        set_table(row, from, r);
        row.set("constraint_type", "CHECK")
            .set("is_deferrable", "NO")
            .set("initially_deferred", "NO")
            .set("enforced", "YES");
    });
}

void fill_check_constraints(const row_source& from, row_set& rows) {
    for_each_constraint(from, [&](const relation& r, const constraint& c) {
        if (c.kind != constraint_kind::check) return;
        constraint_row(rows, from, r, c.name).set("check_clause", "(" + c.check_sql + ")");
    });
    for_each_not_null(
        from, [&](const relation& r, const schema::column& column, const std::string& name) {
            constraint_row(rows, from, r, name)
                .set("check_clause", sql::quote_identifier(column.name) + " IS NOT NULL");
        });
}

// The key of the referenced table that a foreign key points at.
const constraint* referenced_key(const relation& foreign, const constraint& c) {
    const auto at = std::ranges::find_if(foreign.constraints, [&](const constraint& key) {
        return (key.kind == constraint_kind::primary_key || key.kind == constraint_kind::unique) &&
               std::ranges::is_permutation(key.columns, c.foreign_columns);
    });
    return at == foreign.constraints.end() ? nullptr : &*at;
}

void fill_key_column_usage(const row_source& from, row_set& rows) {
    for_each_constraint(from, [&](const relation& r, const constraint& c) {
        if (c.kind == constraint_kind::check) return;
        const auto* foreign = from.schema->find_relation(c.foreign_relation);
        const auto* key = foreign != nullptr ? referenced_key(*foreign, c) : nullptr;
        for (std::size_t i = 0; i < c.columns.size(); ++i) {
            const auto* column = r.find_column(c.columns[i]);
            if (column == nullptr) continue;
            auto row = constraint_row(rows, from, r, c.name);
            set_table(row, from, r);
            row.set("column_name", column->name).set("ordinal_position", i + 1);
            if (key == nullptr || i >= c.foreign_columns.size()) continue;
            const auto at = std::ranges::find(key->columns, c.foreign_columns[i]);
            row.set("position_in_unique_constraint", at - key->columns.begin() + 1);
        }
    });
}

void fill_constraint_column_usage(const row_source& from, row_set& rows) {
    for_each_constraint(from, [&](const relation& r, const constraint& c) {
        const bool is_foreign = c.kind == constraint_kind::foreign_key;
        const auto* used = is_foreign ? from.schema->find_relation(c.foreign_relation) : &r;
        if (used == nullptr) return;
        for (const auto attnum : is_foreign ? c.foreign_columns : c.columns) {
            const auto* column = used->find_column(attnum);
            if (column == nullptr) continue;
            auto row = constraint_row(rows, from, r, c.name);
            set_table(row, from, *used);
            row.set("column_name", column->name);
        }
    });
}

void fill_constraint_table_usage(const row_source& from, row_set& rows) {
    for_each_constraint(from, [&](const relation& r, const constraint& c) {
        if (c.kind == constraint_kind::check) return;
        const bool is_foreign = c.kind == constraint_kind::foreign_key;
        const auto* used = is_foreign ? from.schema->find_relation(c.foreign_relation) : &r;
        if (used == nullptr) return;
        auto row = constraint_row(rows, from, r, c.name);
        set_table(row, from, *used);
    });
}

void fill_referential_constraints(const row_source& from, row_set& rows) {
    for_each_constraint(from, [&](const relation& r, const constraint& c) {
        if (c.kind != constraint_kind::foreign_key) return;
        auto row = constraint_row(rows, from, r, c.name);
        row.set("match_option", "NONE")
            .set("update_rule", rule_text(c.on_update))
            .set("delete_rule", rule_text(c.on_delete));
        const auto* foreign = from.schema->find_relation(c.foreign_relation);
        const auto* key = foreign != nullptr ? referenced_key(*foreign, c) : nullptr;
        if (key == nullptr) return;
        row.set("unique_constraint_catalog", database_placeholder())
            .set("unique_constraint_schema", from.space_name(foreign->namespace_id))
            .set("unique_constraint_name", key->name);
    });
}

}  // namespace

std::span<const catalog_table> information_schema_constraint_tables() {
    static constexpr std::array tables{
        catalog_table{"information_schema_table_constraints", fill_table_constraints},
        catalog_table{"information_schema_check_constraints", fill_check_constraints},
        catalog_table{"information_schema_key_column_usage", fill_key_column_usage},
        catalog_table{"information_schema_constraint_column_usage", fill_constraint_column_usage},
        catalog_table{"information_schema_constraint_table_usage", fill_constraint_table_usage},
        catalog_table{"information_schema_referential_constraints", fill_referential_constraints},
    };
    return tables;
}

}  // namespace historyd::catalog
