#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

result<expr> translator::cast_node(const PgQuery__TypeCast& node, scope& s, clause c) {
    auto target = type_of(node.type_name);
    if (!target) return target.error();
    const bool array_of_unknown =
        node.arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && element_of(target->id) != 0;
    auto e = array_of_unknown ? array_node(*node.arg->a_array_expr, s, c, target->id)
                              : expression(node.arg, s, c);
    if (!e) return e;
    // PostgreSQL points at the cast for a cast that does not exist, at the string for bad input.
    const bool known = e->type.id != types::type_oid::unknown;
    if (known && !e->is_row && !can_coerce(e->type.id, target->id, coercion::explicit_)) {
        const int location = node.location >= 0 ? node.location : e->location;
        return at(
            sql_error(sqlstate::cannot_coerce, "cannot cast type " + type_display(e->type.id) +
                                                   " to " + type_display(target->id)),
            location);
    }
    const auto before = e->type;
    auto out = coerce(std::move(*e), *target, coercion::explicit_);
    if (!out) return out;
    if (before.id == target->id) out->type.typmod = target->typmod;
    if (before == out->type) return out;  // the column itself
    out->table = 0;
    out->attnum = 0;
    return out;
}

}  // namespace historyd::sql
