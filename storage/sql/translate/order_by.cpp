#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

result<sort_key> translator::sort_key_of(const PgQuery__SortBy& node, expr value) {
    if (value.is_row) return unsupported_at("values of type record", value.location);
    sort_key key;
    switch (node.sortby_dir) {
        case PG_QUERY__SORT_BY_DIR__SORTBY_DESC:
            key.descending = true;
            break;
        case PG_QUERY__SORT_BY_DIR__SORTBY_USING: {
            const auto op = qualified_name_of(list_of(node.n_use_op, node.use_op)).name;
            if (op != "<" && op != ">") {
                return at(
                    sql_error(sqlstate::wrong_object_type,
                              "operator " + std::string(op) + " is not a valid ordering operator")
                        .with_hint("Ordering operators must be \"<\" or \">\" members of "
                                   "btree operator families."),
                    node.location);
            }
            key.descending = op == ">";
            break;
        }
        default:
            break;
    }
    key.nulls_first = key.descending;
    if (node.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST) key.nulls_first = true;
    if (node.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST) key.nulls_first = false;
    if (!resolve_operator("<", value.type.id, value.type.id, value.location)) {
        return at(sql_error(sqlstate::undefined_function,
                            "could not identify an ordering operator for type " +
                                type_display(value.type.id))
                      .with_hint("Use an explicit ordering operator or modify the query."),
                  value.location);
    }
    key.value = std::move(value);
    return key;
}

// SQLite makes 0 of an AND with a constant that is false, and 0 would be a position.
std::string translator::key_sql(const expr& e) {
    const bool may_be_constant = e.type.id == types::type_oid::bool_ && e.sql.starts_with('(');
    return (may_be_constant ? "(" + e.sql + ")+0" : e.sql) + collate_clause(e.type.id, e.sql);
}

std::string translator::sort_sql(const sort_key& key) {
    std::string out = key_sql(key.value);
    if (key.descending) out += " DESC";
    // SQLite puts NULLs first in ascending order, and an index serves only its own order: say
    // where they go only if there can be any and it differs.
    if (!key.value.not_null && key.nulls_first == key.descending) {
        out += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
    return out;
}

}  // namespace historyd::sql
