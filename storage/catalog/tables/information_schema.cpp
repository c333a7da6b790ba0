// information_schema: schemata, tables, columns, views, sequences and privileges.
// (PostgreSQL documentation, "The Information Schema".)

#include <algorithm>
#include <array>

#include "storage/catalog/catalog_table.hpp"
#include "storage/catalog/placeholder.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::catalog {

namespace {

using schema::relation;
using schema::relation_kind;
namespace t = types::type_oid;

constexpr int typmod_header = 4;
constexpr int character_octets_max = 1 << 30;
constexpr int octets_per_character = 4;
constexpr int fraction_digits_default = 6;

bool has_typmod(schema::type_ref type) { return type.typmod >= 0; }

// The columns about a data type that columns and element_types share.
void set_type(row_set::writer& row, schema::type_ref type) {
    const auto* fact = find_type_fact(type.id);
    row.set("data_type", types::is_array(type.id) && fact != nullptr && fact->length == -1
                             ? std::string("ARRAY")
                             : types::format_type({type.id, -1}))
        .set("udt_catalog", database_placeholder())
        .set("udt_schema", "pg_catalog");
    if (fact != nullptr) row.set("udt_name", fact->name);
    const auto integer = [&](int bits) {
        row.set("numeric_precision", bits)
            .set("numeric_precision_radix", 2)
            .set("numeric_scale", 0);
    };
    switch (type.id) {
        case t::int2:
            integer(16);
            break;
        case t::int4:
            integer(32);
            break;
        case t::int8:
            integer(64);
            break;
        case t::float4:
            row.set("numeric_precision", 24).set("numeric_precision_radix", 2);
            break;
        case t::float8:
            row.set("numeric_precision", 53).set("numeric_precision_radix", 2);
            break;
        case t::numeric:
            row.set("numeric_precision_radix", 10);
            if (has_typmod(type)) {
                const int packed = type.typmod - typmod_header;
                row.set("numeric_precision", packed >> 16).set("numeric_scale", packed & 0x7ff);
            }
            break;
        case t::varchar:
        case t::bpchar:
            if (has_typmod(type)) {
                const int length = type.typmod - typmod_header;
                row.set("character_maximum_length", length)
                    .set("character_octet_length", length * octets_per_character);
                break;
            }
            [[fallthrough]];
        case t::text:
            row.set("character_octet_length", character_octets_max);
            break;
        case t::date:
            row.set("datetime_precision", 0);
            break;
        case t::time:
        case t::timetz:
        case t::timestamp:
        case t::timestamptz:
            row.set("datetime_precision", has_typmod(type) ? type.typmod : fraction_digits_default);
            break;
        case t::interval:
            row.set("datetime_precision", fraction_digits_default);
            break;
        default:
            break;
    }
}

void set_identity(row_set::writer& row, const row_source& from, const relation& r,
                  const schema::column& column) {
    row.set("is_identity", yes_or_no(column.identity != 0)).set("identity_cycle", "NO");
    if (column.identity == 0 || from.is_fixed()) return;
    row.set("identity_generation", column.identity == 'a' ? "ALWAYS" : "BY DEFAULT");
    const auto* s = from.schema->column_sequence(r.id, column.attnum);
    if (s == nullptr) return;
    row.set("identity_start", std::to_string(s->start))
        .set("identity_increment", std::to_string(s->increment))
        .set("identity_maximum", std::to_string(s->max))
        .set("identity_minimum", std::to_string(s->min))
        .set("identity_cycle", yes_or_no(s->cycle));
}

void fill_columns(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        const bool updatable = r->kind == relation_kind::table;
        for (const auto& column : r->columns) {
            const bool is_generated = column.generated != 0;
            auto row = rows.add();
            row.set("table_catalog", database_placeholder())
                .set("table_schema", from.space_name(r->namespace_id))
                .set("table_name", r->name)
                .set("column_name", column.name)
                .set("ordinal_position", column.attnum)
                .set("is_nullable", yes_or_no(!column.not_null))
                .set("dtd_identifier", std::to_string(column.attnum))
                .set("is_self_referencing", "NO")
                .set("is_generated", is_generated ? "ALWAYS" : "NEVER")
                .set("is_updatable", yes_or_no(updatable));
            if (column.default_sql) {
                row.set(is_generated ? "generation_expression" : "column_default",
                        *column.default_sql);
            }
            if (!column.collation.empty()) {
                row.set("collation_catalog", database_placeholder())
                    .set("collation_schema", "pg_catalog")
                    .set("collation_name", column.collation);
            }
            set_type(row, column.type);
            set_identity(row, from, *r, column);
        }
    }
}

void fill_element_types(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        for (const auto& column : r->columns) {
            const auto* type = types::find_type(column.type.id);
            if (type == nullptr || type->element == 0) continue;
            const auto position = std::to_string(column.attnum);
            auto row = rows.add();
            row.set("object_catalog", database_placeholder())
                .set("object_schema", from.space_name(r->namespace_id))
                .set("object_name", r->name)
                .set("object_type", r->kind == relation_kind::view ? "VIEW" : "TABLE")
                .set("collection_type_identifier", position)
                .set("data_type", types::format_type({type->element, -1}))
                .set("udt_catalog", database_placeholder())
                .set("udt_schema", "pg_catalog")
                .set("dtd_identifier", "a" + position);
            if (const auto* fact = find_type_fact(type->element)) row.set("udt_name", fact->name);
        }
    }
}

void fill_tables(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        const bool is_table = r->kind == relation_kind::table;
        rows.add()
            .set("table_catalog", database_placeholder())
            .set("table_schema", from.space_name(r->namespace_id))
            .set("table_name", r->name)
            .set("table_type", from.is_temporary(r->namespace_id) ? "LOCAL TEMPORARY"
                               : is_table                         ? "BASE TABLE"
                                                                  : "VIEW")
            .set("is_insertable_into", yes_or_no(is_table && !r->is_catalog))
            .set("is_typed", "NO");
    }
}

void fill_views(const row_source& from, row_set& rows) {
    for (const auto* r : from.relations) {
        if (r->kind != relation_kind::view) continue;
        auto row = rows.add();
        row.set("table_catalog", database_placeholder())
            .set("table_schema", from.space_name(r->namespace_id))
            .set("table_name", r->name)
            .set("check_option", "NONE");
        for (const auto* no : {"is_updatable", "is_insertable_into", "is_trigger_updatable",
                               "is_trigger_deletable", "is_trigger_insertable_into"}) {
            row.set(no, "NO");
        }
        if (!r->view_sql.empty()) row.set("view_definition", r->view_sql + ";");
    }
}

void fill_view_table_usage(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto* r : from.relations) {
        if (r->kind != relation_kind::view) continue;
        for (const auto id : r->depends_on) {
            const auto* used = from.schema->find_relation(id);
            if (used == nullptr) continue;
            rows.add()
                .set("view_catalog", database_placeholder())
                .set("view_schema", from.space_name(r->namespace_id))
                .set("view_name", r->name)
                .set("table_catalog", database_placeholder())
                .set("table_schema", from.space_name(used->namespace_id))
                .set("table_name", used->name);
        }
    }
}

void fill_schemata(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto& n : from.schema->namespaces) {
        rows.add()
            .set("catalog_name", database_placeholder())
            .set("schema_name", n.name)
            .set("schema_owner", user_placeholder());
    }
}

void fill_sequences(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    for (const auto& s : from.schema->sequences) {
        // The sequence behind an identity column is that column's business.
        if (from.schema->is_identity_sequence(s) || from.is_of_others(s.namespace_id)) continue;
        const int bits = s.type == t::int2 ? 16 : s.type == t::int4 ? 32 : 64;
        rows.add()
            .set("sequence_catalog", database_placeholder())
            .set("sequence_schema", from.space_name(s.namespace_id))
            .set("sequence_name", s.name)
            .set("data_type", types::format_type({s.type, -1}))
            .set("numeric_precision", bits)
            .set("numeric_precision_radix", 2)
            .set("numeric_scale", 0)
            .set("start_value", std::to_string(s.start))
            .set("minimum_value", std::to_string(s.min))
            .set("maximum_value", std::to_string(s.max))
            .set("increment", std::to_string(s.increment))
            .set("cycle_option", yes_or_no(s.cycle));
    }
}

void fill_catalog_name(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    rows.add().set("catalog_name", database_placeholder());
}

void fill_enabled_roles(const row_source& from, row_set& rows) {
    if (from.is_fixed()) return;
    rows.add().set("role_name", user_placeholder());
}

// The user has every privilege on its own tables, and may read the catalog.
void fill_table_privileges(const row_source& from, row_set& rows) {
    constexpr std::array all{"INSERT",   "SELECT",     "UPDATE", "DELETE",
                             "TRUNCATE", "REFERENCES", "TRIGGER"};
    for (const auto* r : from.relations) {
        for (const std::string_view privilege : all) {
            const bool is_select = privilege == "SELECT";
            if (from.is_fixed() && !is_select) continue;
            rows.add()
                .set("grantor", user_placeholder())
                .set("grantee", from.is_fixed() ? value(std::string("PUBLIC")) : user_placeholder())
                .set("table_catalog", database_placeholder())
                .set("table_schema", from.space_name(r->namespace_id))
                .set("table_name", r->name)
                .set("privilege_type", privilege)
                .set("is_grantable", yes_or_no(!from.is_fixed()))
                .set("with_hierarchy", yes_or_no(is_select));
        }
    }
}

}  // namespace

std::span<const catalog_table> information_schema_tables() {
    static constexpr std::array tables{
        catalog_table{"information_schema_columns", fill_columns},
        catalog_table{"information_schema_element_types", fill_element_types},
        catalog_table{"information_schema_tables", fill_tables},
        catalog_table{"information_schema_views", fill_views},
        catalog_table{"information_schema_view_table_usage", fill_view_table_usage},
        catalog_table{"information_schema_schemata", fill_schemata},
        catalog_table{"information_schema_sequences", fill_sequences},
        catalog_table{"information_schema_information_schema_catalog_name", fill_catalog_name},
        catalog_table{"information_schema_enabled_roles", fill_enabled_roles},
        catalog_table{"information_schema_table_privileges", fill_table_privileges},
        catalog_table{"information_schema_role_table_grants", fill_table_privileges},
    };
    return tables;
}

}  // namespace historyd::catalog
