#include "storage/sql/deparse/expression_text.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

// The type of a function's argument: text functions take varchar as text, nextval a sequence.
types::oid argument_type(std::string_view function, types::oid own) {
    const bool sequence = function == "nextval" || function == "currval" || function == "setval";
    if (own == type_oid::unknown) return sequence ? type_oid::regclass : type_oid::text;
    return own == type_oid::varchar ? type_oid::text : own;
}

bool is_text(const PgQuery__Node* node) {
    return node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
           node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
}

}  // namespace

// The functions that the grammar makes of SQL's own call forms print as those forms.
result<std::string> expression_text::sql_syntax(std::string_view name, node_list arguments) {
    std::vector<std::string> args;
    for (const auto* node : arguments) {
        auto one = argument(node, argument_type(name, type_of_(node)));
        if (!one) return one;
        args.push_back(std::move(*one));
    }
    const auto count = args.size();
    if (name == "timezone" && count == 2) return "(" + args[1] + " AT TIME ZONE " + args[0] + ")";
    if (name == "extract" && count == 2 && is_text(arguments[0])) {
        return "EXTRACT(" + std::string(arguments[0]->a_const->sval->sval) + " FROM " + args[1] +
               ")";
    }
    if (name == "position" && count == 2) {
        return "POSITION((" + args[1] + ") IN (" + args[0] + "))";
    }
    if (name == "substring" && count == 2) return "SUBSTRING(" + args[0] + " FROM " + args[1] + ")";
    if (name == "substring" && count == 3) {
        return "SUBSTRING(" + args[0] + " FROM " + args[1] + " FOR " + args[2] + ")";
    }
    if (name == "overlay" && count >= 3) {
        auto out = "OVERLAY(" + args[0] + " PLACING " + args[1] + " FROM " + args[2];
        if (count == 4) out += " FOR " + args[3];
        return out + ")";
    }
    if ((name == "btrim" || name == "ltrim" || name == "rtrim") && count >= 1) {
        const std::string where = name == "btrim"   ? "BOTH"
                                  : name == "ltrim" ? "LEADING"
                                                    : "TRAILING";
        return "TRIM(" + where + (count == 2 ? " " + args[1] : std::string()) + " FROM " + args[0] +
               ")";
    }
    return unsupported("this form of " + std::string(name) + " in a table's definition");
}

result<std::string> expression_text::function(const PgQuery__FuncCall& node) {
    const auto name = qualified_name_of(list_of(node.n_funcname, node.funcname));
    const auto arguments = list_of(node.n_args, node.args);
    if (node.agg_order != nullptr || node.agg_filter != nullptr || node.over != nullptr ||
        node.agg_star || node.agg_distinct) {
        return unsupported("aggregate and window functions in a table's definition");
    }
    if (node.funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX) {
        return sql_syntax(name.name, arguments);
    }
    std::string out = quote_identifier(name.name) + "(";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (i > 0) out += ", ";
        if (node.func_variadic && i + 1 == arguments.size()) out += "VARIADIC ";
        const auto type = argument_type(name.name, type_of_(arguments[i]));
        auto one = argument(arguments[i], type);
        if (!one) return one;
        out += *one;
    }
    return out + ")";
}

}  // namespace historyd::sql
