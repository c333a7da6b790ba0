// pg_relation_size and its like, in bytes of the SQLite file; what may be published or updated.

#include <algorithm>
#include <array>

#include "storage/base/value_rows.hpp"
#include "storage/catalog/functions/families.hpp"

namespace historyd::catalog {

namespace {

constexpr int updatable_events = 28;  // UPDATE 4, INSERT 8, DELETE 16

result<std::int64_t> single_number(const function_call& c, const std::string& sql,
                                   std::span<const value> parameters) {
    value_rows rows;
    const auto ran = c.db().execute(sql, parameters, &rows);
    if (!ran) return ran.error();
    if (rows.rows.empty() || rows.rows.front().empty()) return 0;
    const auto* number = std::get_if<std::int64_t>(&rows.rows.front().front());
    return number != nullptr ? *number : 0;
}

// Bytes of the pages of one B-tree of the file, by its name in SQLite's schema.
result<std::int64_t> tree_size(const function_call& c, const std::string& name) {
    const std::array<value, 1> parameters{name};
    return single_number(c, "SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name = ?1",
                         parameters);
}

// SQLite's names of a table's indexes, those it makes for itself included.
result<std::int64_t> index_size(const function_call& c, const schema::relation& table) {
    const std::array<value, 1> parameters{table.sqlite_name};
    return single_number(c,
                         "SELECT sum(d.pgsize) FROM sqlite_schema s JOIN dbstat d "
                         "ON d.name = s.name AND d.aggregate = 1 "
                         "WHERE s.type = 'index' AND s.tbl_name = ?1",
                         parameters);
}

// (relation, with the table itself, with its indexes)
result<value> relation_size(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto id = oid_argument(c, 0);
    if (!scope->find_class(id)) return null();
    std::int64_t bytes = 0;
    const auto* table = scope->schema().find_relation(id);
    if (table != nullptr && table->kind == schema::relation_kind::table && !table->is_catalog) {
        if (c.boolean(1)) {
            const auto own = tree_size(c, table->sqlite_name);
            if (!own) return own.error();
            bytes += *own;
        }
        if (c.boolean(2)) {
            const auto indexes = index_size(c, *table);
            if (!indexes) return indexes.error();
            bytes += *indexes;
        }
    }
    return value(bytes);
}

result<value> database_size(const function_call& c) {
    const auto bytes = single_number(
        c, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", {});
    if (!bytes) return bytes.error();
    return value(*bytes);
}

const schema::relation* relation_argument(const name_scope& scope, const function_call& c) {
    return scope.schema().find_relation(oid_argument(c, 0));
}

result<value> is_publishable(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    if (!scope->find_class(oid_argument(c, 0))) return null();
    const auto* r = relation_argument(*scope, c);
    return sqlite::bool_value(r != nullptr && r->kind == schema::relation_kind::table &&
                              !r->is_catalog);
}

result<value> updatable(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto* r = relation_argument(*scope, c);
    const bool is_own = r != nullptr && r->kind == schema::relation_kind::table && !r->is_catalog;
    return value(std::int64_t{is_own ? updatable_events : 0});
}

}  // namespace

std::span<const sqlite::scalar_function> size_functions() {
    static constexpr std::array functions{
        sqlite::strict<relation_size>("pg_relation_size", 3),
        sqlite::strict<database_size>("pg_database_size", 0),
        sqlite::strict<is_publishable>("pg_relation_is_publishable", 1),
        sqlite::strict<updatable>("pg_relation_is_updatable", 1),
    };
    return functions;
}

}  // namespace historyd::catalog
