#include "storage/sql/ddl/table_expression.hpp"

#include <set>

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

expression_text::type_function types_by(translator& t, scope& s, clause c) {
    return [&t, &s, c](const PgQuery__Node* node) -> types::oid {
        auto translated = t.expression(node, s, c);
        return translated ? translated->type.id : type_oid::unknown;
    };
}

expression_text::resolve_function names_by(translator& t) {
    return [&t](const PgQuery__TypeName& name) { return t.type_of(&name); };
}

bool is_null_constant(const PgQuery__Node* node) {
    return node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->isnull;
}

}  // namespace

table_expression::table_expression(translator& t, const schema::relation& r) : t_(t), relation_(r) {
    auto& entry = t_.add_relation(scope_, r, nullptr, "row");
    entry.alias = r.name;
    // Inside CREATE TABLE and CREATE INDEX a column stands for itself.
    entry.tableoid.reset();
    for (auto& column : entry.columns) {
        const auto* own = r.find_column(column.attnum);
        column.sql = quote_name(column.name);
        if (own != nullptr && own->foreign_form) {
            column.sql = "pg_foreign(" + column.sql + "," + std::to_string(own->type.id) + ")";
        }
    }
    scope_.show(entry);
}

result<expr> table_expression::translate(const PgQuery__Node* node, clause c, types::oid wanted) {
    auto translated = t_.expression(node, scope_, c);
    if (!translated) return translated.error();
    if (translated->has_subquery) {
        return t_.at(sql_error(sqlstate::feature_not_supported,
                               "cannot use subquery in " + std::string(clause_name(c))),
                     translated->location);
    }
    // The cast to a generated column's type may depend on settings: so PostgreSQL 15.
    if (translated->is_mutable && c != clause::check && c != clause::update_source) {
        const auto* what = c == clause::generated ? "generation expression is not immutable"
                           : c == clause::index_predicate
                               ? "functions in index predicate must be marked IMMUTABLE"
                               : "functions in index expression must be marked IMMUTABLE";
        return sql_error(sqlstate::invalid_object_definition, what);
    }
    if (wanted == 0) return t_.settle_unknown(std::move(*translated));
    return t_.coerce(std::move(*translated), {.id = wanted}, coercion::assignment);
}

result<expr> table_expression::condition(const PgQuery__Node* node) {
    return t_.condition(node, scope_, clause::check, "CHECK");
}

result<expr> table_expression::translate(const std::string& text, clause c, types::oid wanted) {
    auto parsed = parse_expression(t_, text);
    if (!parsed) return parsed.error();
    return translate(parsed->node, c, wanted);
}

result<std::string> table_expression::print(const PgQuery__Node* node, clause c,
                                            types::oid wanted) {
    expression_text printer(types_by(t_, scope_, c), names_by(t_), t_.io(), t_.stored_io());
    return printer.print(node, wanted);
}

std::vector<std::int16_t> table_expression::columns_of(const PgQuery__Node* node, clause c) {
    std::set<std::int16_t> attnums;
    if (auto translated = t_.expression(node, scope_, c)) {
        for (const auto& use : translated->columns) {
            attnums.insert(use.entry->columns.at(use.column).attnum);
        }
    }
    return {attnums.begin(), attnums.end()};
}

std::vector<std::int16_t> table_expression::columns_of(const std::string& text, clause c) {
    auto parsed = parse_expression(t_, text);
    if (!parsed) return {};
    return columns_of(parsed->node, c);
}

result<parsed_expression> parse_expression(translator& t, const std::string& text) {
    auto statements = parse("SELECT " + text);
    if (!statements) return statements.error();
    parsed_expression out{.statements = std::move(*statements),
                          .node = nullptr,
                          .reading = std::make_unique<translator::reading_stored>(t)};
    if (out.statements.size() == 1 &&
        out.statements[0].node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
        const auto& select = *out.statements[0].node->select_stmt;
        if (select.n_target_list == 1) out.node = select.target_list[0]->res_target->val;
    }
    if (out.node == nullptr) {
        return sql_error(sqlstate::data_corrupted, "stored expression cannot be read: " + text);
    }
    return out;
}

result<std::optional<std::string>> default_text(translator& t, const PgQuery__Node* node,
                                                const schema::column& column) {
    scope nothing;
    auto translated = t.expression(node, nothing, clause::column_default);
    if (!translated) {
        auto error = translated.error();
        // Nothing can be in scope: a name that is not found is a column's.
        if (error.sqlstate == sqlstate::undefined_column) {
            error.sqlstate = sqlstate::feature_not_supported;
            error.message = "cannot use column reference in DEFAULT expression";
            error.hint.clear();
        }
        return error;
    }
    auto coerced = t.coerce_for_column(std::move(*translated), column);
    if (!coerced) {
        auto error = coerced.error();
        if (const auto but = error.message.find(" but expression is"); but != std::string::npos) {
            error.message.replace(but, 18, " but default expression is");
        }
        return error;
    }
    if (is_null_constant(node)) return std::optional<std::string>();
    expression_text printer(types_by(t, nothing, clause::column_default), names_by(t), t.io(),
                            t.stored_io());
    auto text = printer.print(node, column.type.id);
    if (!text) return text.error();
    return std::optional(std::move(*text));
}

}  // namespace historyd::sql
