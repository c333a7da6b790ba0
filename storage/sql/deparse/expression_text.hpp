#pragma once

#include <functional>
#include <string>

#include "storage/sql/nodes.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::sql {

// Prints an expression as pg_get_expr prints a stored one: typed constants, a pair of parentheses
// for every operator, casts that operators need written out. Used for what DDL stores (defaults,
// CHECKs, index expressions); the text parses and means the same again.
class expression_text {
public:
    // What a node's type is; type_oid::unknown for an untyped literal or NULL.
    using type_function = std::function<types::oid(const PgQuery__Node*)>;
    using resolve_function = std::function<result<types::type_ref>(const PgQuery__TypeName&)>;

    // Literals are read with `in` and printed with `out`.
    expression_text(type_function type_of, resolve_function resolve_type,
                    const types::io_settings& in, const types::io_settings& out)
        : type_of_(std::move(type_of)),
          resolve_type_(std::move(resolve_type)),
          in_(in),
          out_(out) {}

    // `wanted`: the type an untyped literal is read as. 0A000 for node kinds it does not know.
    result<std::string> print(const PgQuery__Node* node, types::oid wanted);

private:
    using text = result<std::string>;

    text constant(const PgQuery__AConst& node, types::oid wanted);
    text typed_literal(std::string_view literal, types::type_ref type);
    text cast(const PgQuery__TypeCast& node);
    text boolean(const PgQuery__BoolExpr& node);
    text case_when(const PgQuery__CaseExpr& node, types::oid wanted);
    text array(const PgQuery__AArrayExpr& node, types::oid wanted);
    text sql_value(const PgQuery__SQLValueFunction& node);
    text list(node_list items, types::oid wanted, std::string_view separator = ", ");
    // An operator's or function's argument: printed with the cast it needs to be of type `wanted`.
    text argument(const PgQuery__Node* node, types::oid wanted);
    types::oid common_type(node_list items, types::oid otherwise);

    text operation(const PgQuery__AExpr& node, types::oid wanted);
    text comparison_with_list(const PgQuery__AExpr& node, std::string_view op);
    text between(const PgQuery__AExpr& node);
    text infix(const PgQuery__Node* left, std::string_view op, const PgQuery__Node* right);
    text rows(const PgQuery__AExpr& node, std::string_view op);

    text function(const PgQuery__FuncCall& node);
    text sql_syntax(std::string_view name, node_list arguments);

    type_function type_of_;
    resolve_function resolve_type_;
    const types::io_settings &in_, &out_;
};

}  // namespace historyd::sql
