// pg_class, pg_attribute, pg_attrdef and pg_type.

#include <algorithm>
#include <array>

#include "storage/catalog/catalog_table.hpp"
#include "storage/catalog/derived_oid.hpp"
#include "storage/catalog/ordering.hpp"

namespace historyd::catalog {

namespace {

using schema::relation;
using schema::relation_kind;
namespace type_oid = types::type_oid;

constexpr oid heap_am = 2, btree_am = 403;

bool is_foreign_key(const schema::constraint& c) {
    return c.kind == schema::constraint_kind::foreign_key;
}

// PostgreSQL keeps foreign keys by triggers on both tables, and says so.
bool has_triggers(const row_source& from, const relation& r) {
    if (std::ranges::any_of(r.constraints, is_foreign_key)) return true;
    return std::ranges::any_of(from.relations, [&](const relation* other) {
        return std::ranges::any_of(other->constraints, [&](const schema::constraint& c) {
            return is_foreign_key(c) && c.foreign_relation == r.id;
        });
    });
}

row_set::writer class_row(const row_source& from, row_set& rows, oid id, std::string_view name,
                          oid namespace_id, char kind) {
    const bool is_temporary = from.is_temporary(namespace_id);
    auto row = rows.add();
    row.set("oid", id)
        .set("relname", name)
        .set("relnamespace", namespace_id)
        .set("relowner", owner_oid)
        .set("relfilenode", kind == 'v' ? 0 : id)
        .set("reltuples", value(kind == 'r' || kind == 'i' ? -1.0 : 0.0))
        .set("relpersistence", is_temporary ? "t" : "p")
        .set("relkind", kind)
        .set("relispopulated", true)
        .set("relreplident", kind == 'r' ? "d" : "n");
    return row;
}

void add_class(const row_source& from, const relation& r, row_set& rows) {
    const char kind = static_cast<char>(r.kind);
    const auto* fact = find_relation_fact(r.id);
    const bool is_table = r.kind == relation_kind::table;
    class_row(from, rows, r.id, r.name, r.namespace_id, kind)
        .set("reltype", fact != nullptr ? fact->row_type : row_type_oid(r.id))
        .set("relam", is_table ? heap_am : 0)
        .set("relhasindex", !r.indexes.empty())
        .set("relnatts", r.next_attnum - 1)
        .set("relchecks", std::ranges::count(r.constraints, schema::constraint_kind::check,
                                             &schema::constraint::kind))
        .set("relhasrules", r.kind == relation_kind::view)
        .set("relhastriggers", has_triggers(from, r))
        .set("relreplident", is_table && !r.is_catalog ? "d" : "n");
    for (const auto& index : r.indexes) {
        class_row(from, rows, index.id, index.name, r.namespace_id, 'i')
            .set("relam", btree_am)
            .set("relnatts", index.keys.size());
    }
}

void fill_class(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) add_class(from, *r, rows);
    if (from.is_fixed()) return;
    for (const auto& s : from.schema->sequences) {
        class_row(from, rows, s.id, s.name, s.namespace_id, 'S')
            .set("relnatts", 3)
            .set("reltuples", value(1.0));
    }
}

row_set::writer attribute_row(row_set& rows, oid table, std::int16_t attnum, std::string_view name,
                              schema::type_ref type) {
    auto row = rows.add();
    row.set("attrelid", table)
        .set("attname", name)
        .set("atttypid", type.id)
        .set("attstattarget", -1)
        .set("attnum", attnum)
        .set("attcacheoff", -1)
        .set("atttypmod", type.typmod)
        .set("attislocal", true);
    if (const auto* fact = find_type_fact(type.id)) {
        row.set("attlen", fact->length)
            .set("attndims", fact->element != 0 && fact->length == -1 ? 1 : 0)
            .set("attbyval", fact->by_value)
            .set("attalign", fact->alignment)
            .set("attstorage", fact->storage)
            .set("attcollation", fact->collation);
    }
    return row;
}

// Every table has these; they cannot be read here, but clients that list a table's columns without
// looking at the sign of attnum expect them.
void add_system_attributes(oid table, row_set& rows) {
    struct system_column {
        std::int16_t attnum;
        std::string_view name;
        oid type;
    };
    static constexpr std::array system_columns{
        system_column{-6, "tableoid", type_oid::oid_}, system_column{-5, "cmax", type_oid::cid},
        system_column{-4, "xmax", type_oid::xid},      system_column{-3, "cmin", type_oid::cid},
        system_column{-2, "xmin", type_oid::xid},      system_column{-1, "ctid", type_oid::tid},
    };
    for (const auto& column : system_columns) {
        attribute_row(rows, table, column.attnum, column.name, {column.type, -1})
            .set("attnotnull", true);
    }
}

void add_index_attributes(const relation& r, const schema::index& index, row_set& rows) {
    std::int16_t position = 0;
    int expressions = 0;
    for (const auto& key : index.keys) {
        const auto* column = key.attnum != 0 ? r.find_column(key.attnum) : nullptr;
        std::string name = column != nullptr ? column->name : "expr";
        if (column == nullptr && expressions++ != 0) name += std::to_string(expressions - 1);
        attribute_row(rows, index.id, ++position, name,
                      column != nullptr ? column->type : schema::type_ref{type_oid::text, -1})
            .set("attcollation", collation_of(r, key));
    }
}

void add_sequence_attributes(oid sequence, row_set& rows) {
    add_system_attributes(sequence, rows);
    std::int16_t attnum = 0;
    for (const auto* name : {"last_value", "log_cnt", "is_called"}) {
        const bool is_flag = ++attnum == 3;
        attribute_row(rows, sequence, attnum, name,
                      {is_flag ? type_oid::bool_ : type_oid::int8, -1})
            .set("attnotnull", true);
    }
}

// A dropped column keeps its number, and pg_dump counts on a row for each.
void add_dropped_attributes(const relation& r, row_set& rows) {
    for (std::int16_t attnum = 1; attnum < r.next_attnum; ++attnum) {
        if (r.find_column(attnum) != nullptr) continue;
        attribute_row(rows, r.id, attnum,
                      "........pg.dropped." + std::to_string(attnum) + "........", {0, -1})
            .set("attstattarget", 0)
            .set("attlen", -1)
            .set("attalign", "i")
            .set("attstorage", "x")
            .set("attisdropped", true);
    }
}

void fill_attribute(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        if (r->kind == relation_kind::table) {
            add_system_attributes(r->id, rows);
            add_dropped_attributes(*r, rows);
        }
        const auto* fact = find_relation_fact(r->id);
        for (const auto& column : r->columns) {
            const auto type =
                fact != nullptr ? fact->declared_types[static_cast<std::size_t>(column.attnum - 1)]
                                : column.type;
            auto row = attribute_row(rows, r->id, column.attnum, column.name, type);
            row.set("attnotnull", column.not_null)
                .set("atthasdef", column.default_sql.has_value())
                .set("attidentity", column.identity)
                .set("attgenerated", column.generated);
            if (!column.collation.empty()) row.set("attcollation", collation_of(column));
        }
        for (const auto& index : r->indexes) add_index_attributes(*r, index, rows);
    }
    if (from.is_fixed()) return;
    for (const auto& s : from.schema->sequences) add_sequence_attributes(s.id, rows);
}

void fill_attrdef(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        for (const auto& column : r->columns) {
            if (!column.default_sql) continue;
            rows.add()
                .set("oid", default_oid(r->id, column.attnum))
                .set("adrelid", r->id)
                .set("adnum", column.attnum)
                .set("adbin", *column.default_sql);
        }
    }
}

// The functions every row type and every array of one has in pg_type.
struct type_functions {
    oid in, out, receive, send, analyze, subscript;
};
constexpr type_functions record_functions{2290, 2291, 2402, 2403, 0, 0};
constexpr type_functions array_functions{750, 751, 2400, 2401, 3816, 6179};

row_set::writer type_row(row_set& rows, oid id, std::string name, const relation& r,
                         const type_functions& functions) {
    auto row = rows.add();
    row.set("oid", id)
        .set("typname", std::move(name))
        .set("typnamespace", r.namespace_id)
        .set("typowner", owner_oid)
        .set("typlen", -1)
        .set("typisdefined", true)
        .set("typdelim", ",")
        .set("typsubscript", functions.subscript)
        .set("typinput", functions.in)
        .set("typoutput", functions.out)
        .set("typreceive", functions.receive)
        .set("typsend", functions.send)
        .set("typanalyze", functions.analyze)
        .set("typalign", "d")
        .set("typstorage", "x")
        .set("typtypmod", -1);
    return row;
}

void fill_type(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;  // PostgreSQL's own are facts
    for (const auto* r : from.relations) {
        type_row(rows, row_type_oid(r->id), r->name, *r, record_functions)
            .set("typtype", "c")
            .set("typcategory", "C")
            .set("typrelid", r->id)
            .set("typarray", row_array_oid(r->id));
        type_row(rows, row_array_oid(r->id), "_" + r->name, *r, array_functions)
            .set("typtype", "b")
            .set("typcategory", "A")
            .set("typelem", row_type_oid(r->id));
    }
}

}  // namespace

std::span<const catalog_table> relation_tables() {
    static constexpr std::array tables{
        catalog_table{"pg_catalog_pg_class", fill_class},
        catalog_table{"pg_catalog_pg_attribute", fill_attribute},
        catalog_table{"pg_catalog_pg_attrdef", fill_attrdef},
        catalog_table{"pg_catalog_pg_type", fill_type},
    };
    return tables;
}

}  // namespace historyd::catalog
