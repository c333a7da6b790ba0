#include "storage/sql/dml/column_source.hpp"

#include <algorithm>

#include "storage/sql/ddl/table_expression.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

bool calls(const PgQuery__Node* node, std::string_view name, std::size_t arguments) {
    if (node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL) return false;
    const auto& call = *node->func_call;
    const auto spelled = qualified_name_of(list_of(call.n_funcname, call.funcname));
    return spelled.name == name && (spelled.schema.empty() || spelled.schema == "pg_catalog") &&
           call.n_args == arguments;
}

bool is_now(const PgQuery__Node* node) {
    if (calls(node, "now", 0) || calls(node, "transaction_timestamp", 0)) return true;
    return node->node_case == PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION &&
           (node->sqlvalue_function->op ==
                PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP ||
            node->sqlvalue_function->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP);
}

bool is_moment(types::oid type) {
    return type == type_oid::timestamptz || type == type_oid::timestamp;
}

bool is_uuid_text(types::oid type) {
    return type == type_oid::uuid || type == type_oid::text || type == type_oid::varchar;
}

// The calls whose values the session knows without SQL.
std::optional<value_source> source_of_call(const PgQuery__Node* node,
                                           const schema::column& column) {
    if (is_now(node) && is_moment(column.type.id)) return transaction_timestamp_source{};
    const bool uuid = calls(node, "gen_random_uuid", 0) || calls(node, "uuid_generate_v4", 0);
    if (uuid && column.type.id == type_oid::uuid) return random_uuid_source{};
    // gen_random_uuid()::text
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && is_uuid_text(column.type.id)) {
        const auto& cast = *node->type_cast;
        const auto name =
            qualified_name_of(list_of(cast.type_name->n_names, cast.type_name->names));
        const bool plain = name.name == "text" || name.name == "varchar" || name.name == "uuid";
        const bool assignable = column.type.id != type_oid::uuid || name.name == "uuid";
        if (plain && assignable && cast.type_name->n_typmods == 0 &&
            cast.type_name->n_array_bounds == 0 &&
            (calls(cast.arg, "gen_random_uuid", 0) || calls(cast.arg, "uuid_generate_v4", 0))) {
            return random_uuid_source{};
        }
    }
    return std::nullopt;
}

// The operands of text || text, flat. Returns: false when one is neither a string nor a parameter
// of type text.
bool gather_operands(translator& t, const PgQuery__Node* node, concatenation_source& into) {
    if (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_A_EXPR) {
        const auto& e = *node->a_expr;
        const auto op = qualified_name_of(list_of(e.n_name, e.name));
        return e.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP && op.schema.empty() &&
               op.name == "||" && gather_operands(t, e.lexpr, into) &&
               gather_operands(t, e.rexpr, into);
    }
    const bool plain = node != nullptr && (node->node_case == PG_QUERY__NODE__NODE_A_CONST ||
                                           node->node_case == PG_QUERY__NODE__NODE_PARAM_REF);
    if (!plain) return false;
    scope nothing;
    const auto operand = t.expression(node, nothing, clause::values);
    if (!operand) return false;
    if (operand->parameter != 0 && operand->type.id == type_oid::text) {
        into.parts.emplace_back(parameter_source{.index = operand->parameter - 1});
        return true;
    }
    const auto* text =
        operand->is_unknown_literal() ? std::get_if<std::string>(&*operand->constant) : nullptr;
    if (text != nullptr) into.parts.emplace_back(*text);
    return text != nullptr;
}

std::optional<value_source> source_of_concatenation(translator& t, const PgQuery__Node* node,
                                                    const schema::column& column) {
    concatenation_source found;
    const bool is_operator = node->node_case == PG_QUERY__NODE__NODE_A_EXPR;
    if (!is_operator || column.type.id != type_oid::text) return std::nullopt;
    if (!gather_operands(t, node, found)) return std::nullopt;
    return found;
}

// nextval('...') of a sequence that is there.
std::optional<value_source> source_of_nextval(translator& t, const PgQuery__Node* node,
                                              const schema::column& column) {
    const auto type = column.type.id;
    if (type != type_oid::int8 && type != type_oid::int4 && type != type_oid::int2) return {};
    if (!calls(node, "nextval", 1)) return std::nullopt;
    scope nothing;
    auto argument = t.expression(node->func_call->args[0], nothing, clause::column_default);
    if (!argument) return std::nullopt;
    auto id = t.coerce(std::move(*argument), {.id = type_oid::regclass}, coercion::implicit);
    if (!id || !id->constant) return std::nullopt;
    const auto* number = std::get_if<std::int64_t>(&*id->constant);
    if (number == nullptr) return std::nullopt;
    const auto* sequence = t.schema().find_sequence(static_cast<schema::oid>(*number));
    if (sequence == nullptr) return std::nullopt;
    // A value past the column's type has to be refused, which takes a cast.
    const std::int64_t highest = type == type_oid::int2   ? INT16_MAX
                                 : type == type_oid::int4 ? INT32_MAX
                                                          : INT64_MAX;
    if (sequence->max > highest) return std::nullopt;
    return nextval_source{.sequence = sequence->id};
}

// Converts and finds the source of what needs no SQL once it is converted: constants, parameters.
result<column_value> settle(translator& t, expr e, const schema::column& column) {
    column_value out;
    if (e.parameter != 0) {
        // The length of varchar(n) is checked where the parameter is read, by the column's typmod.
        auto plain = column;
        plain.type.typmod = -1;
        auto converted = t.coerce_for_column(e, plain);
        if (!converted) return converted.error();
        if (converted->parameter != 0) {
            out.source = parameter_source{.index = converted->parameter - 1};
        }
        e = std::move(*converted);
    }
    auto converted = t.coerce_for_column(std::move(e), column);
    if (!converted) return converted.error();
    if (converted->constant) out.source = constant_source{*converted->constant};
    out.sql = std::move(converted->sql);
    out.depends_on_tables = converted->has_subquery;
    out.may_be_null = !converted->not_null;
    return out;
}

}  // namespace

result<column_value> given_value(translator& t, const PgQuery__Node* node, scope& s, clause c,
                                 const schema::column& column) {
    auto e = t.expression(node, s, c);
    if (!e) return e.error();
    auto out = settle(t, std::move(*e), column);
    if (!out) return out;
    if (!out->source) out->source = source_of_call(node, column);
    if (!out->source) out->source = source_of_nextval(t, node, column);
    if (!out->source) out->source = source_of_concatenation(t, node, column);
    return out;
}

result<column_value> given_value(translator& t, expr e, const schema::column& column) {
    return settle(t, std::move(e), column);
}

result<column_value> defaulted_value(translator& t, const schema::relation& r,
                                     const schema::column& column) {
    if (column.identity != 0 || !column.default_sql || column.generated != 0) {
        auto e = default_value(t, r, column);
        if (!e) return e.error();
        column_value out{.sql = e->sql, .source = {}, .may_be_null = !e->not_null};
        if (e->constant) out.source = constant_source{*e->constant};
        if (column.identity != 0) {
            const auto* found = t.schema().column_sequence(r.id, column.attnum);
            out.source = nextval_source{.sequence = found->id};
            out.may_be_null = false;
        }
        return out;
    }
    auto parsed = parse_expression(t, *column.default_sql);
    if (!parsed) return parsed.error();
    scope nothing;
    return given_value(t, parsed->node, nothing, clause::column_default, column);
}

std::string stored_form(const schema::column& c, std::string sql) {
    const bool moment =
        c.type.id == types::type_oid::timestamptz || c.type.id == types::type_oid::timestamp;
    if (!c.foreign_form || !moment) return sql;
    return "replace(" + sql + ", ' ', 'T')";
}

}  // namespace historyd::sql
