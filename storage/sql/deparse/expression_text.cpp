#include "storage/sql/deparse/expression_text.hpp"

#include "storage/base/quoted.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

std::string parenthesized(std::string text) { return "(" + std::move(text) + ")"; }

bool is_decimal(std::string_view text) {
    return !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9')) &&
           text.find_first_not_of("0123456789.eE+") == std::string_view::npos;
}

}  // namespace

result<std::string> expression_text::print(const PgQuery__Node* node, types::oid wanted) {
    if (node == nullptr) return std::string();
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_A_CONST:
            return constant(*node->a_const, wanted);
        case PG_QUERY__NODE__NODE_COLUMN_REF: {
            const auto name =
                qualified_name_of(list_of(node->column_ref->n_fields, node->column_ref->fields));
            return quote_identifier(name.name);
        }
        case PG_QUERY__NODE__NODE_TYPE_CAST:
            return cast(*node->type_cast);
        case PG_QUERY__NODE__NODE_A_EXPR:
            return operation(*node->a_expr, wanted);
        case PG_QUERY__NODE__NODE_BOOL_EXPR:
            return boolean(*node->bool_expr);
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return function(*node->func_call);
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
            return sql_value(*node->sqlvalue_function);
        case PG_QUERY__NODE__NODE_CASE_EXPR:
            return case_when(*node->case_expr, wanted);
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return array(*node->a_array_expr, wanted);
        case PG_QUERY__NODE__NODE_NULL_TEST: {
            auto arg = print(node->null_test->arg, type_oid::text);
            if (!arg) return arg;
            const bool is_null = node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
            return parenthesized(*arg + (is_null ? " IS NULL" : " IS NOT NULL"));
        }
        case PG_QUERY__NODE__NODE_BOOLEAN_TEST: {
            auto arg = print(node->boolean_test->arg, type_oid::bool_);
            if (!arg) return arg;
            static constexpr const char* tests[] = {"",
                                                    " IS TRUE",
                                                    " IS NOT TRUE",
                                                    " IS FALSE",
                                                    " IS NOT FALSE",
                                                    " IS UNKNOWN",
                                                    " IS NOT UNKNOWN"};
            const auto which = static_cast<std::size_t>(node->boolean_test->booltesttype);
            if (which >= std::size(tests)) break;
            return parenthesized(*arg + tests[which]);
        }
        case PG_QUERY__NODE__NODE_COALESCE_EXPR: {
            const auto args = list_of(node->coalesce_expr->n_args, node->coalesce_expr->args);
            auto items = list(args, common_type(args, wanted));
            if (!items) return items;
            return "COALESCE" + parenthesized(*items);
        }
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: {
            const auto args = list_of(node->min_max_expr->n_args, node->min_max_expr->args);
            auto items = list(args, common_type(args, wanted));
            if (!items) return items;
            const bool greatest = node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
            return (greatest ? "GREATEST" : "LEAST") + parenthesized(*items);
        }
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: {
            const auto& clause = *node->collate_clause;
            auto arg = print(clause.arg, wanted);
            if (!arg) return arg;
            const auto name = qualified_name_of(list_of(clause.n_collname, clause.collname));
            return parenthesized(*arg + " COLLATE " + quote_identifier(name.name));
        }
        default:
            break;
    }
    return unsupported("this kind of expression in a table's definition");
}

result<std::string> expression_text::typed_literal(std::string_view literal, types::type_ref type) {
    auto parsed = types::text_in({.id = type.id}, literal, in_);
    if (!parsed) return parsed.error();
    std::string printed;
    if (is_null(*parsed)) {
        printed = literal;
    } else if (auto done = types::text_out({.id = type.id}, view_of(*parsed), out_, printed);
               !done) {
        return done.error();
    }
    if (type.id == type_oid::bool_) return std::string(printed == "t" ? "true" : "false");
    return quote_text(printed) + "::" + types::format_type(type);
}

result<std::string> expression_text::constant(const PgQuery__AConst& node, types::oid wanted) {
    if (wanted == 0 || wanted == type_oid::unknown) wanted = type_oid::text;
    if (node.isnull) return "NULL::" + types::format_type({.id = wanted});
    switch (node.val_case) {
        case PG_QUERY__A__CONST__VAL_IVAL: {
            const auto digits = std::to_string(node.ival->ival);
            return node.ival->ival < 0 ? quote_text(digits) + "::integer" : digits;
        }
        case PG_QUERY__A__CONST__VAL_FVAL: {
            // Integers beyond int4 arrive as Float nodes; they are bigint where they fit.
            const std::string digits = node.fval->fval;
            if (digits.find_first_of(".eE") != std::string::npos) {
                return is_decimal(digits) ? digits : quote_text(digits) + "::numeric";
            }
            const auto big = types::text_in({.id = type_oid::int8}, digits, in_);
            return quote_text(digits) + (big ? "::bigint" : "::numeric");
        }
        case PG_QUERY__A__CONST__VAL_BOOLVAL:
            return std::string(node.boolval->boolval ? "true" : "false");
        case PG_QUERY__A__CONST__VAL_SVAL:
            return typed_literal(node.sval->sval, {.id = wanted});
        default:
            return unsupported("bit strings");
    }
}

result<std::string> expression_text::cast(const PgQuery__TypeCast& node) {
    auto type = resolve_type_(*node.type_name);
    if (!type) return type.error();
    const auto* arg = node.arg;
    if (arg->node_case == PG_QUERY__NODE__NODE_A_CONST) {
        if (arg->a_const->isnull) return "NULL::" + types::format_type(*type);
        if (arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) {
            return typed_literal(arg->a_const->sval->sval, *type);
        }
        if (arg->a_const->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL &&
            type->id == type_oid::bool_) {
            return constant(*arg->a_const, type->id);
        }
    }
    auto inner = print(arg, type->id);
    if (!inner) return inner;
    if (arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && arg->a_array_expr->n_elements == 0) {
        return *inner;  // ARRAY[]::text[] already says its type
    }
    if (type_of_(arg) == type->id && type->typmod == -1) return *inner;
    return parenthesized(*inner) + "::" + types::format_type(*type);
}

result<std::string> expression_text::boolean(const PgQuery__BoolExpr& node) {
    const auto args = list_of(node.n_args, node.args);
    if (node.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
        auto arg = print(args.front(), type_oid::bool_);
        if (!arg) return arg;
        return "(NOT " + *arg + ")";
    }
    const bool is_and = node.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    auto items = list(args, type_oid::bool_, is_and ? " AND " : " OR ");
    if (!items) return items;
    return parenthesized(*items);
}

result<std::string> expression_text::case_when(const PgQuery__CaseExpr& node, types::oid wanted) {
    std::string out = "\nCASE";
    types::oid tested = type_oid::bool_;
    if (node.arg != nullptr) {
        tested = type_of_(node.arg);
        auto arg = print(node.arg, tested);
        if (!arg) return arg;
        out += " " + *arg;
    }
    std::vector<PgQuery__Node*> results;
    for (const auto* item : list_of(node.n_args, node.args)) {
        results.push_back(item->case_when->result);
    }
    if (node.defresult != nullptr) results.push_back(node.defresult);
    const auto type = common_type(results, wanted);
    for (const auto* item : list_of(node.n_args, node.args)) {
        auto when = print(item->case_when->expr, tested);
        if (!when) return when;
        auto then = print(item->case_when->result, type);
        if (!then) return then;
        out += "\n    WHEN " + *when + " THEN " + *then;
    }
    if (node.defresult == nullptr) {
        out += "\n    ELSE NULL::" + types::format_type({.id = type});
    } else {
        auto otherwise = print(node.defresult, type);
        if (!otherwise) return otherwise;
        out += "\n    ELSE " + *otherwise;
    }
    return out + "\nEND";
}

result<std::string> expression_text::array(const PgQuery__AArrayExpr& node, types::oid wanted) {
    const auto elements = list_of(node.n_elements, node.elements);
    const auto* info = types::find_type(wanted);
    const auto element = info != nullptr ? info->element : 0;
    if (elements.empty()) {
        return "ARRAY[]::" + types::format_type({.id = wanted});
    }
    auto items = list(elements, common_type(elements, element != 0 ? element : wanted));
    if (!items) return items;
    return "ARRAY[" + *items + "]";
}

result<std::string> expression_text::sql_value(const PgQuery__SQLValueFunction& node) {
    static constexpr const char* names[] = {"",
                                            "CURRENT_DATE",
                                            "CURRENT_TIME",
                                            "CURRENT_TIME",
                                            "CURRENT_TIMESTAMP",
                                            "CURRENT_TIMESTAMP",
                                            "LOCALTIME",
                                            "LOCALTIME",
                                            "LOCALTIMESTAMP",
                                            "LOCALTIMESTAMP",
                                            "CURRENT_ROLE",
                                            "CURRENT_USER",
                                            "USER",
                                            "SESSION_USER",
                                            "CURRENT_CATALOG",
                                            "CURRENT_SCHEMA"};
    const auto which = static_cast<std::size_t>(node.op);
    if (which >= std::size(names)) return unsupported("this SQL value function");
    std::string out = names[which];
    switch (node.op) {
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
            out += "(" + std::to_string(node.typmod) + ")";
            break;
        default:
            break;
    }
    return out;
}

result<std::string> expression_text::list(node_list items, types::oid wanted,
                                          std::string_view separator) {
    std::string out;
    for (const auto* item : items) {
        auto one = print(item, wanted);
        if (!one) return one;
        if (!out.empty()) out += separator;
        out += *one;
    }
    return out;
}

types::oid expression_text::common_type(node_list items, types::oid otherwise) {
    for (const auto* item : items) {
        const auto type = type_of_(item);
        if (type != type_oid::unknown && type != 0) return type;
    }
    return otherwise;
}

result<std::string> expression_text::argument(const PgQuery__Node* node, types::oid wanted) {
    auto inner = print(node, wanted);
    if (!inner) return inner;
    const auto own = type_of_(node);
    if (own == type_oid::unknown || own == 0 || wanted == 0 || own == wanted) return inner;
    return parenthesized(*inner) + "::" + types::format_type({.id = wanted});
}

}  // namespace historyd::sql
