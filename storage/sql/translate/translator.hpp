#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
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
    std::vector<std::string> sqlite_names;  // with name_columns: AS in SQLite, unique
    std::vector<bool> not_null;             // per column
    std::vector<column_use> outer_uses;     // columns of outer levels it refers to
    bool one_row_at_most = false;
    bool is_row = false;  // a list of expressions and nothing else: one row, always
    bool is_volatile = false;
};

// A column of a record that is read from JSON.
struct record_field {
    std::string name;
    type_ref type;
};

// How a SELECT's unnamed needs are met.
struct select_options {
    // INSERT ... SELECT: types that bare strings and untyped parameters of the list become.
    std::span<const type_ref> wanted{};
    // Names for the output columns in SQLite (subqueries, views, CTEs); empty: none are given.
    bool name_columns = false;
    const with_frame* with = nullptr;
};

struct select_parts;

// An operator once its overload is chosen: what its operands become, and its result.
struct resolved_operator {
    oid left = 0, right = 0, result = 0;
    const operator_entry* entry = nullptr;  // nullptr: SQLite's infix operator over equal types

    bool is_infix() const;  // of "=": whether SQLite's IN and IS mean the same equality
};

// A function call once its overload is chosen; arguments are converted.
struct resolved_call {
    const function_entry* entry = nullptr;
    oid result = 0;
    std::vector<expr> arguments;
    std::vector<oid> types;
};

// One item of ORDER BY.
struct sort_key {
    expr value;
    bool descending = false, nulls_first = false;
};

// " COLLATE c" for types that do not compare bytewise, else "".
std::string collate_clause(oid type);
// The same for an operand, " COLLATE BINARY" where there is none and something inside of it is
// compared under another: SQLite would take the first that it finds, however deep.
std::string collate_clause(oid type, std::string_view sql);
std::string stray_clause(oid type, std::string_view sql);  // that COLLATE BINARY alone
// (left op right), compared as the type is and by nothing inside of either operand.
std::string comparison_sql(const std::string& left, std::string_view op, const std::string& right,
                           oid type);

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
    // How literals are read: as the session's settings say, or as the file's definitions have them.
    const types::io_settings& io() const { return *io_; }
    const types::io_settings& stored_io() const {
        return input_.stored_io ? *input_.stored_io : *input_.io;
    }

    // Text of the file's definitions is translated while it lives.
    class reading_stored {
    public:
        explicit reading_stored(translator& t)
            : t_(t), before_(std::exchange(t.io_, &t.stored_io())) {}
        ~reading_stored() { t_.io_ = before_; }
        reading_stored(const reading_stored&) = delete;
        reading_stored& operator=(const reading_stored&) = delete;

    private:
        translator& t_;
        const types::io_settings* before_;
    };

    // --- errors
    // The error with its position set from a node's location.
    sql_error at(sql_error error, int location) const;
    // 0A000 for something that is not spoken.
    sql_error unsupported_at(std::string_view what, int location) const;

    // --- expressions
    result<expr> expression(const PgQuery__Node* node, scope& s, clause c);
    // An expression that has to be boolean: "argument of WHERE must be type boolean, not type ...".
    result<expr> condition(const PgQuery__Node* node, scope& s, clause c,
                           std::string_view construct);
    result<expr> as_boolean(expr e, std::string_view construct);
    // Converts to `target`; a bare string is read as the type (22P02 ... with position), an untyped
    // parameter takes it. Error 42846: there is no such cast in this context.
    result<expr> coerce(expr e, type_ref target, coercion how);
    // As coerce in assignment context for a column; 42804 'column "c" is of type x but expression
    // is of type y' with PostgreSQL's hint.
    result<expr> coerce_for_column(expr e, const schema::column& column);
    // Bare strings and parameters whose type nothing decided become text.
    result<expr> settle_unknown(expr e);
    bool can_coerce(oid from, oid to, coercion how) const;
    // The type that UNION, CASE, COALESCE, ... give their branches; `construct` names it in errors.
    result<oid> common_type(std::span<const expr* const> branches,
                            std::string_view construct) const;
    // Gives all branches their common type, in place.
    result<oid> unify(std::vector<expr*> branches, std::string_view construct);
    // a op b, resolved as PostgreSQL resolves operators; `left` may be absent for prefix operators.
    result<expr> apply_operator(std::string_view name, std::optional<expr> left, expr right,
                                int location);
    result<resolved_operator> resolve_operator(std::string_view name, std::optional<oid> left,
                                               oid right, int location) const;
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
    // 0A000 when it is another session's namespace for temporary tables.
    result<void> check_own(oid namespace_id) const;
    // The sequence a RangeVar names; nullptr when there is none.
    const schema::sequence* find_sequence(const PgQuery__RangeVar& node) const;
    // Adds a table as a FROM item with an alias of its own (not yet visible: scope::show).
    // `sqlite_alias` empty: one is made.
    range_entry& add_relation(scope& s, const schema::relation& r, const PgQuery__Alias* alias,
                              std::string sqlite_alias = {});
    // FROM, USING and UPDATE ... FROM: the items' SQLite text ("" when there are none); they are
    // visible in `s` afterwards. `follows`: another table comes before them in SQLite.
    result<std::string> from_clause(node_list items, scope& s, bool follows = false);
    // An alias no other FROM item of the statement has in SQLite.
    std::string unique_alias(std::string_view wanted);
    // The same for a WITH item: no table has it either.
    std::string unique_table(std::string_view wanted);
    // "main"-free SQLite name of a user or catalog relation, quoted.
    static std::string relation_sql(const schema::relation& r);
    // SQLite's name for the row itself that no column of the table hides; empty when there is none.
    static std::string rowid_name(const schema::relation& r);

    // --- lists and queries
    // Select list or RETURNING list: * expanded, names given, unknowns settled.
    result<std::vector<target>> target_list(node_list items, scope& s, clause c);
    // WITH; the frame has to live as long as the query. Returns "WITH ... " or "".
    result<std::string> with_clause(const PgQuery__WithClause* with, with_frame& frame,
                                    const scope* outer);
    // A new item of WITH, pending; 42712.
    result<with_item*> add_with_item(const PgQuery__CommonTableExpr& node, with_frame& frame);
    // 42P10 when the item lists more names than it has columns.
    result<void> check_with_columns(const PgQuery__CommonTableExpr& node,
                                    std::size_t columns) const;
    // An item that is a SELECT, added to the frame, as a statement of its own.
    result<query> with_select(const PgQuery__CommonTableExpr& node, bool recursive,
                              with_frame& frame);
    result<query> select(const PgQuery__SelectStmt& node, const scope* outer,
                         const select_options& options);
    // SELECT, VALUES or set operation given as a node; anything else is 0A000.
    result<query> select(const PgQuery__Node* node, const scope* outer,
                         const select_options& options);

    // What GROUP BY, PARTITION BY and the like compare rows by, collation included.
    static std::string key_sql(const expr& e);
    // ORDER BY's text for one key, collation and place of NULLs included.
    static std::string sort_sql(const sort_key& key);

    // --- parameters
    // All parameters up to the highest used, typed. Error 42P18 for one that nothing decided.
    result<std::vector<type_ref>> parameters() const;

    // --- statements of several parts (dml/writing_with.hpp, dml/joined_change.hpp)
    // The clause whose items are statements of their own, and those items.
    struct {
        const PgQuery__WithClause* with = nullptr;
        const with_frame* items = nullptr;
    } ran_before;
    std::set<std::size_t> items_read;  // by number
    bool wants_parts = false;          // set: translate again, with all of WITH as parts

    // Subqueries of a clause that SQLite computes row by row while the tables `changed` change: in
    // PostgreSQL they see those as they were. One that reads them, and nothing of the row, is a
    // part of its own, ahead of the statement; other ones are 0A000. While it lives.
    class reading_as_before {
    public:
        // `has_with`: whether the statement has WITH items that are no parts.
        reading_as_before(translator& t, std::set<oid> changed, bool has_with)
            : t_(t),
              changed_(std::move(changed)),
              has_with_(has_with),
              before_(std::exchange(t.as_before_, this)) {}
        ~reading_as_before() { t_.as_before_ = before_; }
        reading_as_before(const reading_as_before&) = delete;
        reading_as_before& operator=(const reading_as_before&) = delete;

    private:
        friend class translator;
        translator& t_;
        const std::set<oid> changed_;
        const bool has_with_;
        const reading_as_before* before_;
    };
    std::vector<plan_part> parts_ahead;  // what it made
    // A subquery of an expression, its columns named.
    result<query> subquery(const PgQuery__SubLink& node, scope& s);

    // What one part has kept for others: how many did so far, and how its rows are read: columns
    // "c1" and so on, or `names`.
    int kept_count = 0;
    static std::string kept_rows_sql(int number, std::size_t columns,
                                     std::span<const std::string> names = {});

    // --- what the statement does
    std::set<oid> reads;
    std::set<oid> sequences;  // that it names
    bool cacheable = true;
    bool locking = false;
    std::string locked_at_once;
    bool moves_sequences = false;
    bool shows_session = false;
    bool has_side_effects = false;
    std::vector<sql_error> notices;

private:
    friend struct select_builder;
    friend class set_operation_builder;

    // coerce.cpp
    result<expr> coerce_literal(expr e, type_ref target, coercion how);
    result<expr> coerce_parameter(expr e, type_ref target, coercion how);
    result<expr> coerce_typmod(expr e, std::int32_t typmod, coercion how);
    result<expr> coerce_to_common(expr e, type_ref target, std::string_view construct);
    static std::int32_t common_typmod(std::span<const expr* const> branches, oid common);
    static void forget_origin(expr& e);  // it is no longer just a column or a parameter

    result<expr> apply_resolved(std::string_view name, const resolved_operator& op,
                                std::optional<expr> left, expr right, int location);
    result<expr> compare_with_row_subquery(std::string_view name, expr row,
                                           const PgQuery__SubLink& link, scope& s);
    result<expr> compare_rows(std::string_view name, expr left, expr right, int location);

    result<expr> dispatch(const PgQuery__Node* node, scope& s, clause c);
    static void note_grouping_key(expr& e, const scope& s, clause c);
    result<expr> grouping_node(const PgQuery__GroupingFunc& node, scope& s, clause c);
    result<std::vector<expr>> expressions(node_list nodes, scope& s, clause c);
    static expr column_of(const range_entry& entry, std::size_t index, int location);
    static expr whole_row(const range_entry& entry, int location);
    static bool names_column(const scope& s, std::string_view name);
    result<expr> unqualified_column(std::string_view name, scope& s, int location);
    // 42P01 "missing FROM-clause entry ..."; an empty schema name is any.
    result<const range_entry*> find_range(const scope& s, std::string_view schema_name,
                                          std::string_view alias, int location) const;

    // expr_operator.cpp, expr_array.cpp
    result<expr> plain_operator(const PgQuery__AExpr& node, std::string_view name, scope& s,
                                clause c);
    result<expr> distinct_from(const PgQuery__AExpr& node, bool distinct, scope& s, clause c);
    result<expr> distinct_values(expr left, expr right, bool distinct, int location);
    result<expr> null_if(const PgQuery__AExpr& node, scope& s, clause c);
    result<expr> between(const PgQuery__AExpr& node, scope& s, clause c);
    result<expr> in_list(const PgQuery__AExpr& node, bool negated, scope& s, clause c);
    result<expr> among(expr subject, std::vector<expr> items, bool negated, int location);
    std::optional<expr> in_shared_type(const expr& subject, const std::vector<expr>& items,
                                       int location);
    result<expr> array_comparison(const PgQuery__AExpr& node, std::string_view name, scope& s,
                                  clause c);
    result<expr> array_of_elements(std::vector<expr> elements, oid type, bool nested, int location);
    result<expr> subscript(const PgQuery__Node& node, scope& s, clause c);  // as int4
    result<expr> name_subscript(expr base, const PgQuery__Node& node, scope& s, clause c);
    result<expr> json_subscripts(expr base, node_list steps, scope& s, clause c);

    // function_resolution.cpp
    static bool is_aggregate_name(std::string_view name);
    static bool is_set_name(std::string_view name);
    result<resolved_call> resolve_call(std::string_view name, std::vector<expr> arguments,
                                       int location);
    std::optional<result<expr>> cast_call(std::string_view name, std::vector<expr>& arguments);
    static std::string call_sql(const resolved_call& call);
    expr scalar_call(const resolved_call& call, int location);
    void note_effects(const function_entry& entry);

    // expr_function.cpp, expr_aggregate.cpp, window.cpp
    struct aggregate_call {
        resolved_call call;
        std::vector<sort_key> order;
        std::optional<expr> filter;
    };
    result<std::vector<expr>> call_arguments(const PgQuery__FuncCall& node, std::string_view name,
                                             scope& s, clause c);
    result<expr> aggregate_node(const PgQuery__FuncCall& node, std::string_view name, scope& s,
                                clause c);
    result<aggregate_call> aggregate_parts(const PgQuery__FuncCall& node, std::string_view name,
                                           scope& s, clause c);
    result<expr> row_as_json(const expr& row);
    result<expr> row_as_value(const expr& row);
    result<expr> aggregate_sql(const PgQuery__FuncCall& node, const aggregate_call& parts);
    static std::string ordered_arguments(const aggregate_call& parts, std::string_view arguments,
                                         bool distinct);
    static const scope& aggregate_level(const expr& inside, const scope& s);
    result<expr> window_call_node(const PgQuery__FuncCall& node, std::string_view name, scope& s,
                                  clause c);
    result<expr> finish_window(const PgQuery__FuncCall& node, expr call, scope& s, clause c);
    result<std::string> window_sql(const PgQuery__WindowDef& node, scope& s, expr& uses);
    result<std::string> frame_sql(const PgQuery__WindowDef& node, const std::vector<sort_key>& keys,
                                  scope& s, expr& uses);
    result<expr> set_call_node(const PgQuery__FuncCall& node, std::string_view name, scope& s,
                               clause c);
    result<sort_key> sort_key_of(const PgQuery__SortBy& node, expr value);
    result<std::vector<sort_key>> sort_keys(node_list items, scope& s, clause c);

    // expr_sublink.cpp
    result<expr> scalar_subquery(const query& q, int location);
    result<expr> array_subquery(const query& q, int location);
    result<expr> compared_subquery(const PgQuery__SubLink& node, expr test, const query& q);

    // target_list.cpp
    struct target_source {
        const PgQuery__Node* node = nullptr;  // absent when a * stands for the column
        std::optional<expr> value;
        std::string name;
    };
    result<std::vector<target_source>> target_sources(node_list items, scope& s);

    // limit.cpp, with.cpp, set_operation.cpp
    result<void> limit_clause(const PgQuery__SelectStmt& node, scope& s, select_parts& parts);
    struct with_query {
        std::string sql;  // of all of it; `first` is its non-recursive term
        query first;
        bool recurses = false;
    };
    result<with_query> with_query_of(const PgQuery__CommonTableExpr& node, bool recursive,
                                     with_frame& frame, const scope* outer);
    result<std::string> recursive_term(const query& first, query second,
                                       const PgQuery__CommonTableExpr& node);
    result<query> plain_select(const PgQuery__SelectStmt& node, const scope* outer,
                               const with_frame* with, std::string with_sql,
                               const select_options& options);
    result<query> set_operation(const PgQuery__SelectStmt& node, const scope* outer,
                                const with_frame* with, std::string with_sql,
                                const select_options& options);

    // from.cpp, from_join.cpp, from_function.cpp
    struct from_piece {
        std::string sql;
        std::vector<visible_entry> shown;
        std::vector<range_entry*> entries;  // all below, to be made nullable by an outer join
        bool needs_brackets = false;        // holds a RIGHT or FULL join
    };
    result<from_piece> from_item(const PgQuery__Node* node, scope& s);
    result<from_piece> from_table(const PgQuery__RangeVar& node, scope& s);
    result<from_piece> from_with(const with_item& item, const PgQuery__RangeVar& node, scope& s);
    result<from_piece> from_subquery(const PgQuery__RangeSubselect& node, scope& s);
    result<from_piece> from_lateral(const PgQuery__RangeSubselect& node, const query& q,
                                    int location, scope& s);
    result<from_piece> from_sequence(const schema::sequence& sequence,
                                     const PgQuery__RangeVar& node, scope& s);
    result<from_piece> from_function(const PgQuery__RangeFunction& node, scope& s);
    // from_record.cpp
    static bool is_record_name(std::string_view name);
    result<std::vector<record_field>> record_fields(const PgQuery__FuncCall& call,
                                                    const PgQuery__RangeFunction& node,
                                                    bool populates) const;
    result<expr> record_value(const expr& object, std::string_view family,
                              const record_field& field, int location);
    result<from_piece> from_record(const PgQuery__FuncCall& call, std::string_view name,
                                   const PgQuery__RangeFunction& node, scope& s);
    result<from_piece> from_unnest(const PgQuery__FuncCall& call,
                                   const PgQuery__RangeFunction& node, scope& s);
    result<from_piece> from_join(const PgQuery__JoinExpr& node, scope& s);
    result<std::string> join_using(const PgQuery__JoinExpr& node, from_piece& left,
                                   from_piece& right, from_piece& out, scope& s);
    result<void> apply_column_aliases(range_entry& entry, const PgQuery__Alias* alias,
                                      int location) const;
    result<void> check_alias_free(const scope& s, const range_entry& entry, int location) const;
    void note_read(const schema::relation& r);

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
    const types::io_settings* io_;
    std::vector<type_ref> parameters_;         // unknown until decided
    std::unordered_set<std::string> aliases_;  // lower case, taken in this statement
    int depth_ = 0;
    const reading_as_before* as_before_ = nullptr;
};

// SQLite functions that translated text calls besides those of functions() and operators():
//   pg_cast(v, from oid, to oid, to typmod, explicit 0/1)
//   pg_foreign(v, type oid)               a column of a table that another program made
//   pg_array_of(element oid, v, ...)      ARRAY[...] of scalars; of arrays:
//   pg_array_of_arrays(element oid, a, ...) pg_array_get(element oid, array, i, ...) subscripts;
//   NULL outside the bounds pg_array_slice(element oid, array, lower, upper, ...) a bound left out
//   is the text 'end' pg_unnest(array, element oid)         table-valued: value, ordinality
//   pg_series(n)                          table-valued: value 1 .. n
//   pg_kept_rows(n)                       table-valued: c1, c2, ...; what a part kept
//   pg_rows(pg_pack_rows(v, ...))         table-valued: c1, c2, ...; what the aggregate was given
//   pg_single(v)                          aggregate: the only row's value; 21000 for a second row
//   pg_row_to_json(name, type oid, v, ...)  a row as row_to_json() writes it
//   pg_limit(n), pg_offset(n)             int8 or NULL to SQLite's LIMIT and OFFSET; 2201W, 2201X

}  // namespace historyd::sql
