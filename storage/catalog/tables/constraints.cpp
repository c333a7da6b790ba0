// pg_index, pg_constraint, pg_sequence, pg_depend, pg_rewrite and pg_description.

#include <algorithm>
#include <array>

#include "storage/catalog/array_literal.hpp"
#include "storage/catalog/catalog_table.hpp"
#include "storage/catalog/derived_oid.hpp"
#include "storage/catalog/object_names.hpp"
#include "storage/catalog/ordering.hpp"
#include "storage/sql/deparse/relation_names.hpp"

namespace historyd::catalog {

namespace {

using schema::constraint_kind;
using schema::relation;
using schema::relation_kind;

// OIDs of the catalogs that pg_depend and pg_description point into.
constexpr oid class_catalog = 1259, default_catalog = 2604, constraint_catalog = 2606,
              namespace_catalog = 2615, rewrite_catalog = 2618, type_catalog = 1247;

void add_index(const relation& r, const schema::index& index, row_set& rows) {
    std::vector<int> keys, options;
    std::vector<oid> collations, classes;
    std::string expressions;
    for (const auto& key : index.keys) {
        keys.push_back(key.attnum);
        options.push_back((key.descending ? 1 : 0) + (key.nulls_first ? 2 : 0));
        collations.push_back(collation_of(r, key));
        classes.push_back(operator_class_of(r, index, key));
        if (key.attnum != 0) continue;
        if (!expressions.empty()) expressions += ", ";
        expressions += key.expression_sql;
    }
    auto row = rows.add();
    row.set("indexrelid", index.id)
        .set("indrelid", r.id)
        .set("indnatts", keys.size())
        .set("indnkeyatts", keys.size())
        .set("indisunique", index.unique)
        .set("indisprimary", index.primary)
        .set("indimmediate", true)
        .set("indisvalid", true)
        .set("indisready", true)
        .set("indislive", true)
        .set("indkey", vector_literal(keys))
        .set("indcollation", vector_literal(collations))
        .set("indclass", vector_literal(classes))
        .set("indoption", vector_literal(options));
    if (!expressions.empty()) row.set("indexprs", std::move(expressions));
    if (!index.predicate_sql.empty()) row.set("indpred", index.predicate_sql);
}

void fill_index(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        for (const auto& index : r->indexes) add_index(*r, index, rows);
    }
}

// A foreign key points at the index behind the key it references.
oid referenced_index(const row_source& from, const schema::constraint& c) {
    for (const auto* r : from.relations) {
        if (r->id != c.foreign_relation) continue;
        for (const auto& key : r->constraints) {
            if (key.index != 0 && key.columns == c.foreign_columns) return key.index;
        }
    }
    return 0;
}

void fill_constraint(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        for (const auto& c : r->constraints) {
            const bool is_foreign = c.kind == constraint_kind::foreign_key;
            const bool is_check = c.kind == constraint_kind::check;
            auto row = rows.add();
            row.set("oid", c.id)
                .set("conname", c.name)
                .set("connamespace", r->namespace_id)
                .set("contype", static_cast<char>(c.kind))
                .set("condeferrable", c.deferrable)
                .set("condeferred", c.initially_deferred)
                .set("convalidated", true)
                .set("conrelid", r->id)
                .set("conindid", is_foreign ? referenced_index(from, c) : c.index)
                .set("confrelid", c.foreign_relation)
                .set("confupdtype", is_foreign ? c.on_update : ' ')
                .set("confdeltype", is_foreign ? c.on_delete : ' ')
                .set("confmatchtype", is_foreign ? 's' : ' ')
                .set("conislocal", true)
                .set("connoinherit", !is_check);
            if (!c.columns.empty()) row.set("conkey", array_literal(c.columns));
            if (is_foreign) row.set("confkey", array_literal(c.foreign_columns));
            if (is_check) row.set("conbin", c.check_sql);
        }
    }
}

void fill_sequence(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto& s : from.schema->sequences) {
        rows.add()
            .set("seqrelid", s.id)
            .set("seqtypid", s.type)
            .set("seqstart", s.start)
            .set("seqincrement", s.increment)
            .set("seqmax", s.max)
            .set("seqmin", s.min)
            .set("seqcache", 1)
            .set("seqcycle", s.cycle);
    }
}

struct object_address {
    oid catalog = 0, id = 0;
    int column = 0;
};

void depends(row_set& rows, object_address what, object_address on, char how) {
    rows.add()
        .set("classid", what.catalog)
        .set("objid", what.id)
        .set("objsubid", what.column)
        .set("refclassid", on.catalog)
        .set("refobjid", on.id)
        .set("refobjsubid", on.column)
        .set("deptype", how);
}

void add_relation_dependencies(const row_source& from, const relation& r,
                               const types::object_names& names, row_set& rows) {
    const object_address table{class_catalog, r.id};
    depends(rows, table, {namespace_catalog, r.namespace_id}, 'n');
    depends(rows, {type_catalog, row_type_oid(r.id)}, table, 'i');
    for (const auto& column : r.columns) {
        if (!column.default_sql) continue;
        const object_address self{default_catalog, default_oid(r.id, column.attnum)};
        depends(rows, self, {class_catalog, r.id, column.attnum}, 'a');
        if (column.default_sql->find("::regclass") == std::string::npos) continue;
        for (const auto id : sql::named_relations("SELECT " + *column.default_sql, names)) {
            depends(rows, self, {class_catalog, id}, 'n');
        }
    }
    if (r.kind == relation_kind::view) {
        const object_address rule{rewrite_catalog, rule_oid(r.id)};
        depends(rows, rule, table, 'i');
        depends(rows, rule, table, 'n');
        for (const auto id : r.depends_on) depends(rows, rule, {class_catalog, id}, 'n');
    }
    for (const auto& c : r.constraints) {
        const object_address self{constraint_catalog, c.id};
        for (const auto attnum : c.columns) {
            depends(rows, self, {class_catalog, r.id, attnum}, 'a');
        }
        for (const auto attnum : c.foreign_columns) {
            depends(rows, self, {class_catalog, c.foreign_relation, attnum}, 'n');
        }
        if (c.kind == constraint_kind::foreign_key) {
            depends(rows, self, {class_catalog, referenced_index(from, c)}, 'n');
        } else if (c.index != 0) {
            depends(rows, {class_catalog, c.index}, self, 'i');
        }
    }
    for (const auto& index : r.indexes) {
        const bool is_of_constraint =
            std::ranges::find(r.constraints, index.id, &schema::constraint::index) !=
            r.constraints.end();
        if (is_of_constraint) continue;
        for (const auto& key : index.keys) {
            depends(rows, {class_catalog, index.id}, {class_catalog, r.id, key.attnum}, 'a');
        }
    }
}

void add_sequence_dependencies(const row_source& from, const schema::sequence& s, row_set& rows) {
    depends(rows, {class_catalog, s.id}, {namespace_catalog, s.namespace_id}, 'n');
    if (s.owner_relation == 0) return;
    depends(rows, {class_catalog, s.id}, {class_catalog, s.owner_relation, s.owner_attnum},
            from.schema->is_identity_sequence(s) ? 'i' : 'a');
}

void fill_depend(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    const auto names = make_object_names(from.context->schema, {"public"}, from.context->user);
    for (const auto* r : from.relations) add_relation_dependencies(from, *r, *names, rows);
    for (const auto& s : from.schema->sequences) add_sequence_dependencies(from, s, rows);
}

// Each view's ON SELECT rule.
void fill_rewrite(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto* r : from.relations) {
        if (r->kind != relation_kind::view) continue;
        rows.add()
            .set("oid", rule_oid(r->id))
            .set("rulename", "_RETURN")
            .set("ev_class", r->id)
            .set("ev_type", '1')
            .set("ev_enabled", 'O')
            .set("is_instead", true)
            .set("ev_qual", "<>");
    }
}

void describe(row_set& rows, object_address what, std::string_view text) {
    if (text.empty()) return;
    rows.add()
        .set("objoid", what.id)
        .set("classoid", what.catalog)
        .set("objsubid", what.column)
        .set("description", text);
}

void fill_description(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto* r : from.relations) {
        describe(rows, {class_catalog, r->id}, r->comment);
        for (const auto& c : r->columns) {
            describe(rows, {class_catalog, r->id, c.attnum}, c.comment);
        }
        for (const auto& i : r->indexes) describe(rows, {class_catalog, i.id}, i.comment);
        for (const auto& c : r->constraints) {
            describe(rows, {constraint_catalog, c.id}, c.comment);
        }
    }
    for (const auto& s : from.schema->sequences) describe(rows, {class_catalog, s.id}, s.comment);
    for (const auto& n : from.schema->namespaces) {
        const bool is_public = n.id == schema::public_oid && n.comment.empty();
        describe(rows, {namespace_catalog, n.id},
                 is_public ? std::string_view("standard public schema") : n.comment);
    }
}

}  // namespace

std::span<const catalog_table> constraint_tables() {
    static constexpr std::array tables{
        catalog_table{"pg_catalog_pg_index", fill_index},
        catalog_table{"pg_catalog_pg_constraint", fill_constraint},
        catalog_table{"pg_catalog_pg_sequence", fill_sequence},
        catalog_table{"pg_catalog_pg_depend", fill_depend},
        catalog_table{"pg_catalog_pg_rewrite", fill_rewrite},
        catalog_table{"pg_catalog_pg_description", fill_description},
    };
    return tables;
}

}  // namespace historyd::catalog
