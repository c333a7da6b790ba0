#include "storage/replicator/ddl_facts.hpp"

#include <algorithm>
#include <array>

#include "storage/sql/nodes.hpp"
#include "storage/sql/parse.hpp"

namespace historyd::replicator {

namespace {

constexpr std::array<std::string_view, 4> there_already = {"42P07", "42P06", "42710", "42701"};
constexpr std::array<std::string_view, 4> gone_already = {"42P01", "42704", "3F000", "42703"};

bool drops_part(const PgQuery__AlterTableStmt& s) {
    const auto is_drop = [](const PgQuery__Node* n) {
        if (n->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) return false;
        const auto kind = n->alter_table_cmd->subtype;
        return kind == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn ||
               kind == PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint;
    };
    return std::ranges::all_of(sql::list_of(s.n_cmds, s.cmds), is_drop);
}

}  // namespace

ddl_facts facts_of(std::string_view text) {
    ddl_facts out;
    const auto parsed = sql::parse(text);
    if (!parsed || parsed->size() != 1) return out;
    const auto* node = parsed->front().node;
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_DROP_STMT:
            out.drops = true;
            break;
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            out.drops = drops_part(*node->alter_table_stmt);
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            out.is_index = node->index_stmt->unique == 0;
            break;
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            out.schema_name = node->create_stmt->relation->schemaname;
            out.table_name = node->create_stmt->relation->relname;
            for (const auto* e :
                 sql::list_of(node->create_stmt->n_table_elts, node->create_stmt->table_elts)) {
                if (e->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
                    out.columns.emplace_back(e->column_def->colname);
                }
            }
            break;
        default:
            break;
    }
    return out;
}

bool is_done_already(const ddl_facts& facts, std::string_view sqlstate) {
    const auto& codes = facts.drops ? gone_already : there_already;
    return std::ranges::find(codes, sqlstate) != codes.end();
}

}  // namespace historyd::replicator
