#include "storage/sqlite/functions/families.hpp"

// What translated queries call around their expressions: LIMIT, OFFSET, and functions that only
// count or describe their arguments.

namespace historyd::sqlite {
namespace {

// SQLite takes a negative limit for none, and no NULL.
result<value> limit(const function_call& c) {
    if (c.is_null(0)) return value(std::int64_t{-1});
    if (c.integer(0) < 0) {
        return sql_error(sqlstate::invalid_row_count_in_limit_clause, "LIMIT must not be negative");
    }
    return value(c.integer(0));
}

result<value> offset(const function_call& c) {
    if (c.is_null(0)) return value(std::int64_t{0});
    if (c.integer(0) < 0) {
        return sql_error(sqlstate::invalid_row_count_in_offset_clause,
                         "OFFSET must not be negative");
    }
    return value(c.integer(0));
}

template <bool Nulls>
result<value> count_nulls(const function_call& c) {
    std::int64_t n = 0;
    for (int i = 0; i < c.count(); ++i) {
        if (c.is_null(i) == Nulls) ++n;
    }
    return value(n);
}

// pg_collation_for(v, type).
result<value> collation_for(const function_call& c) {
    namespace t = types::type_oid;
    switch (c.type(1)) {
        case t::unknown:
            return c.is_null(0) ? value() : value(std::string("\"default\""));
        case t::text:
        case t::varchar:
        case t::bpchar:
            return value(std::string("\"default\""));
        case t::name:
            return value(std::string("\"C\""));
        default:
            break;
    }
    return sql_error(sqlstate::datatype_mismatch, "collations are not supported by type " +
                                                      types::format_type({.id = c.type(1)}));
}

}  // namespace

std::span<const scalar_function> query_functions() {
    static constexpr scalar_function functions[] = {
        nullable<limit>("pg_limit", 1),
        nullable<offset>("pg_offset", 1),
        nullable<count_nulls<true>>("pg_num_nulls", -1),
        nullable<count_nulls<false>>("pg_num_nonnulls", -1),
        nullable<collation_for>("pg_collation_for", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
