#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

result<expr> translator::case_node(const PgQuery__CaseExpr& node, scope& s, clause c) {
    expr out;
    std::optional<expr> subject;
    if (node.arg != nullptr) {
        auto e = expression(node.arg, s, c);
        if (!e) return e;
        auto settled = settle_unknown(std::move(*e));
        if (!settled) return settled;
        if (settled->is_volatile) return unsupported_at("volatile CASE operands", node.location);
        subject = std::move(*settled);
    }
    std::vector<std::string> conditions;
    std::vector<expr> results;
    for (const auto* item : list_of(node.n_args, node.args)) {
        const auto& when = *item->case_when;
        auto e = expression(when.expr, s, c);
        if (!e) return e;
        auto test = subject ? apply_operator("=", *subject, std::move(*e), when.location)
                            : as_boolean(std::move(*e), "CASE/WHEN");
        if (!test) return test;
        absorb(out, *test);
        conditions.push_back(std::move(test->sql));
        auto value = expression(when.result, s, c);
        if (!value) return value;
        results.push_back(std::move(*value));
    }
    if (node.defresult != nullptr) {
        auto value = expression(node.defresult, s, c);
        if (!value) return value;
        results.push_back(std::move(*value));
    } else {
        results.push_back(null_of({.id = types::type_oid::unknown}));
    }
    // ELSE decides first, as in PostgreSQL.
    std::vector<expr*> branches{&results.back()};
    for (std::size_t i = 0; i + 1 < results.size(); ++i) branches.push_back(&results[i]);
    auto common = unify(branches, "CASE");
    if (!common) return common.error();

    out.sql = "CASE";
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        out.sql += " WHEN " + conditions[i] + " THEN " + results[i].sql;
    }
    out.sql += " ELSE " + results.back().sql + " END";
    const std::vector<const expr*> views(branches.begin(), branches.end());
    for (const auto* branch : views) absorb(out, *branch);
    out.type = {.id = *common, .typmod = common_typmod(views, *common)};
    out.location = node.location;
    return out;
}

namespace {

std::vector<expr*> pointers_to(std::vector<expr>& items) {
    std::vector<expr*> out;
    for (auto& item : items) out.push_back(&item);
    return out;
}

}  // namespace

result<expr> translator::coalesce_node(const PgQuery__CoalesceExpr& node, scope& s, clause c) {
    auto arguments = expressions(list_of(node.n_args, node.args), s, c);
    if (!arguments) return arguments.error();
    const auto branches = pointers_to(*arguments);
    auto common = unify(branches, "COALESCE");
    if (!common) return common.error();
    expr out;
    for (const auto& argument : *arguments) {
        absorb(out, argument);
        out.sql += (out.sql.empty() ? "" : ", ") + argument.sql;
        out.not_null |= argument.not_null;
    }
    if (arguments->size() > 1) out.sql = "coalesce(" + out.sql + ")";
    const std::vector<const expr*> views(branches.begin(), branches.end());
    out.type = {.id = *common, .typmod = common_typmod(views, *common)};
    out.location = node.location;
    return out;
}

// SQLite's max(a, b) is NULL when either is, PostgreSQL's greatest(a, b) only when both are: each
// argument falls back to the others, so that a NULL never decides.
result<expr> translator::min_max_node(const PgQuery__MinMaxExpr& node, scope& s, clause c) {
    const bool greatest = node.op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
    auto arguments = expressions(list_of(node.n_args, node.args), s, c);
    if (!arguments) return arguments.error();
    const auto branches = pointers_to(*arguments);
    auto common = unify(branches, greatest ? "GREATEST" : "LEAST");
    if (!common) return common.error();
    // The comparison has to exist: json has none.
    if (auto op = resolve_operator("<", *common, *common, node.location); !op) return op.error();

    expr out;
    for (std::size_t i = 0; i < arguments->size(); ++i) {
        absorb(out, (*arguments)[i]);
        auto item = (*arguments)[i].sql;
        if (!(*arguments)[i].not_null && arguments->size() > 1) {
            item = "coalesce(" + item;
            for (std::size_t k = 0; k < arguments->size(); ++k) {
                if (k != i) item += ", " + (*arguments)[k].sql;
            }
            item += ")";
        }
        out.sql += (i > 0 ? ", " : "") + item + collate_clause(*common, item);
    }
    if (arguments->size() > 1) out.sql = (greatest ? "max(" : "min(") + out.sql + ")";
    const std::vector<const expr*> views(branches.begin(), branches.end());
    out.type = {.id = *common, .typmod = common_typmod(views, *common)};
    out.location = node.location;
    return out;
}

}  // namespace historyd::sql
