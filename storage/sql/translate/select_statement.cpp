#include "storage/sql/translate/select_builder.hpp"

namespace historyd::sql {

namespace {

query to_query(const select_parts& parts, const select_options& options) {
    query out;
    if (options.name_columns) out.sqlite_names = unique_names(parts.targets);
    for (const auto& target : parts.targets) {
        out.columns.push_back({.name = target.name,
                               .type = target.value.type,
                               .table = target.value.table,
                               .attnum = target.value.attnum});
        out.not_null.push_back(target.value.not_null);
    }
    out.sql = assemble(parts, out.sqlite_names, false);
    out.outer_uses = parts.outer_uses;
    out.one_row_at_most = parts.one_row_at_most;
    out.is_row = parts.is_row;
    out.is_volatile = parts.is_volatile;
    return out;
}

}  // namespace

result<query> translator::select(const PgQuery__Node* node, const scope* outer,
                                 const select_options& options) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
        return unsupported_at("queries of this kind", -1);
    }
    return select(*node->select_stmt, outer, options);
}

result<query> translator::select(const PgQuery__SelectStmt& node, const scope* outer,
                                 const select_options& options) {
    with_frame frame;
    frame.outer = options.with;
    const with_frame* with = options.with;
    std::string with_sql;
    if (node.with_clause != nullptr) {
        auto text = with_clause(node.with_clause, frame, outer);
        if (!text) return text.error();
        with_sql = std::move(*text);
        with = &frame;
    }
    const bool plain = node.op == PG_QUERY__SET_OPERATION__SETOP_NONE;
    return plain ? plain_select(node, outer, with, std::move(with_sql), options)
                 : set_operation(node, outer, with, std::move(with_sql), options);
}

result<query> translator::plain_select(const PgQuery__SelectStmt& node, const scope* outer,
                                       const with_frame* with, std::string with_sql,
                                       const select_options& options) {
    select_builder builder(*this, node, outer, with, options);
    auto parts = builder.build(true);
    if (!parts) return parts.error();
    parts->with = std::move(with_sql);
    // The columns' owners die with the builder; only uses of outer levels leave it.
    return to_query(*parts, options);
}

}  // namespace historyd::sql
