#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "storage/sql/function_map.hpp"
#include "storage/sql/nodes.hpp"
#include "storage/sql/plan.hpp"
#include "storage/sql/translate.hpp"
#include "storage/sql/translate/expr.hpp"
#include "storage/sql/translate/scope.hpp"

namespace historyd::sql {

// An item of a select list or RETURNING list.
struct target {
    expr value;
    std::string name;
    const PgQuery__Node* node = nullptr;  // the tree it came from; nullptr when a * was expanded
};

// A translated SELECT, VALUES or set operation.
struct query {
    std::string sql;  // without parentheses
    std::vector<result_column> columns;
    std::vector<bool> not_null;           // per column
    std::vector<column_use> outer_uses;   // columns of outer levels it refers to
    bool one_row_at_most = false;
    bool is_volatile = false;
};

// How a SELECT's unnamed needs are met.
struct select_options {
    // INSERT ... SELECT: types that bare strings and untyped parameters of the list become.
    std::span<const type_ref> wanted{};
    // Names for the output columns in SQLite (subqueries, views, CTEs); empty: none are given.
    bool name_columns = false;
    // The client's own SELECT: reg* values become the names that they print as.
    bool for_client = false;
    const with_frame* with = nullptr;
};

// Turns one statement's tree into SQLite text, level by level; one object per statement. Types and
// names are resolved by PostgreSQL's rules (its documentation, chapters "Type Conversion" and "SQL
// Syntax"). What it does not know is refused with 0A000, never left out.
//
// SELECT, expressions and FROM are here; DML (sql/dml) and DDL (sql/ddl) build on them.
class translator {
public:
    translator(const raw_statement& statement, const translate_input& input);

    const raw_statement& statement() const { return statement_; }
    const translate_input& input() const { return input_; }
    const schema::schema& schema() const { return input_.schema; }

    // --- errors
    // The error with its position set from a node's location.
    sql_error at(sql_error error, int location) const;
    // 0A000 for something that is not spoken.
    sql_error unsupported_at(std::string_view what, int location) const;

    // --- expressions
    result<expr> expression(const PgQuery__Node* node, scope& s, clause c);
    // An expression that has to be boolean: "argument of WHERE must be type boolean, not type ...".
    result<expr> condition(const PgQuery__Node* node, scope& s, clause c, std::string_view construct);
    // Converts to `target`; a bare string is read as the type (22P02 ... with position), an untyped
    // parameter takes it. Error 42846/42804-free: "cannot cast type x to y" is 42846.
    result<expr> coerce(expr e, type_ref target, coercion how);
    // As coerce in assignment context for a column; 42804 'column "c" is of type x but expression is
    // of type y' with PostgreSQL's hint.
    result<expr> coerce_for_column(expr e, const schema::column& column);
    // Bare strings and parameters whose type nothing decided become text.
    result<expr> settle_unknown(expr e);
    bool can_coerce(oid from, oid to, coercion how) const;
    // The type that UNION, CASE, COALESCE, ... give their branches; `construct` names it in errors.
    result<oid> common_type(std::span<const expr* const> branches, std::string_view construct) const;
    // a op b, resolved as PostgreSQL resolves operators; `left` may be absent for prefix operators.
    result<expr> apply_operator(std::string_view name, std::optional<expr> left, expr right,
                                int location);
    // A call with its arguments translated: function name without schema.
    result<expr> apply_function(std::string_view name, std::vector<expr> arguments, int location);
    result<expr> compare(std::string_view op, expr left, expr right, int location) {
        return apply_operator(op, std::move(left), std::move(right), location);
    }
    result<type_ref> type_of(const PgQuery__TypeName* name) const;
    expr constant(type_ref type, value v, int location = -1) const;
    expr null_of(type_ref type) const { return constant(type, std::monostate{}); }
    // The name PostgreSQL gives an output column without AS.
    static std::string output_name(const PgQuery__Node* node);

    // --- FROM
    // The relation a RangeVar names, by the search path; 42P01 with position, 3F000.
    result<const schema::relation*> find_relation(const PgQuery__RangeVar* name) const;
    // Adds a table as a FROM item with an alias of its own (not yet visible: scope::show).
    // `sqlite_alias` empty: one is made.
    range_entry& add_relation(scope& s, const schema::relation& r, const PgQuery__Alias* alias,
                              std::string sqlite_alias = {});
    // FROM, USING and UPDATE ... FROM: the items' SQLite text ("" when there are none); they are
    // visible in `s` afterwards.
    result<std::string> from_clause(node_list items, scope& s);
    // An alias no other FROM item of the statement has in SQLite.
    std::string unique_alias(std::string_view wanted);
    // "main"-free SQLite name of a user or catalog relation, quoted.
    static std::string relation_sql(const schema::relation& r);

    // --- lists and queries
    // Select list or RETURNING list: * expanded, names given, unknowns settled.
    result<std::vector<target>> target_list(node_list items, scope& s, clause c);
    // WITH; the frame has to live as long as the query. Returns "WITH ... " or "".
    result<std::string> with_clause(const PgQuery__WithClause* with, with_frame& frame,
                                    const scope* outer);
    result<query> select(const PgQuery__SelectStmt& node, const scope* outer,
                         const select_options& options);
    // SELECT, VALUES or set operation given as a node; anything else is 0A000.
    result<query> select(const PgQuery__Node* node, const scope* outer,
                         const select_options& options);

    // --- parameters
    // All parameters up to the highest used, typed. Error 42P18 for one that nothing decided.
    result<std::vector<type_ref>> parameters() const;

    // --- what the statement does
    std::set<oid> reads;
    bool cacheable = true;
    bool locking = false;
    bool has_side_effects = false;
    std::vector<sql_error> notices;

private:
    friend struct select_builder;

    // One file each: expr_*.cpp
    result<expr> constant_node(const PgQuery__AConst& node);
    result<expr> parameter_node(const PgQuery__ParamRef& node);
    result<expr> column_node(const PgQuery__ColumnRef& node, scope& s);
    result<expr> cast_node(const PgQuery__TypeCast& node, scope& s, clause c);
    result<expr> operator_node(const PgQuery__AExpr& node, scope& s, clause c);
    result<expr> boolean_node(const PgQuery__BoolExpr& node, scope& s, clause c);
    result<expr> null_test_node(const PgQuery__NullTest& node, scope& s, clause c);
    result<expr> boolean_test_node(const PgQuery__BooleanTest& node, scope& s, clause c);
    result<expr> case_node(const PgQuery__CaseExpr& node, scope& s, clause c);
    result<expr> coalesce_node(const PgQuery__CoalesceExpr& node, scope& s, clause c);
    result<expr> min_max_node(const PgQuery__MinMaxExpr& node, scope& s, clause c);
    result<expr> sublink_node(const PgQuery__SubLink& node, scope& s, clause c);
    result<expr> function_node(const PgQuery__FuncCall& node, scope& s, clause c);
    result<expr> value_function_node(const PgQuery__SQLValueFunction& node);
    result<expr> array_node(const PgQuery__AArrayExpr& node, scope& s, clause c, oid wanted);
    result<expr> indirection_node(const PgQuery__AIndirection& node, scope& s, clause c);
    result<expr> collate_node(const PgQuery__CollateClause& node, scope& s, clause c);
    result<expr> row_node(const PgQuery__RowExpr& node, scope& s, clause c);

    raw_statement statement_;
    const translate_input& input_;
    std::vector<type_ref> parameters_;  // unknown until decided
    std::unordered_set<std::string> aliases_;  // lower case, taken in this statement
    int depth_ = 0;
};

// SQLite functions that translated text calls besides those of functions() and operators():
//   pg_cast(v, from oid, to oid, to typmod, explicit 0/1)
//   pg_foreign(v, type oid)               a column of a table that another program made
//   pg_array_of(element oid, v, ...)      ARRAY[...] of scalars; of arrays: pg_array_of_arrays(element oid, a, ...)
//   pg_array_get(element oid, array, i, ...)             subscripts; NULL outside the bounds
//   pg_array_slice(element oid, array, lower, upper, ...) a bound left out is the text 'end'
//   pg_unnest(array, element oid)         table-valued: value, ordinality
//   pg_series(n)                          table-valued: value 1 .. n
//   pg_single(v)                          aggregate: the only row's value; 21000 for a second row
//   pg_limit(n), pg_offset(n)             int8 or NULL to SQLite's LIMIT and OFFSET; 2201W, 2201X
//   pg_regclass_in(text) ..., pg_regclass_out(oid) ...   reg* types, from the live schema

}  // namespace historyd::sql
