#include "storage/sql/deparse/statement_text.hpp"

#include <pg_query.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/sql/deparse/identifier.hpp"

namespace historyd::sql {

namespace {

// libpg_query prints whole parse results in their packed form. Packing only reads the tree.
std::vector<std::uint8_t> packed(const PgQuery__Node& node) {
    PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
    raw.stmt = const_cast<PgQuery__Node*>(&node);
    PgQuery__RawStmt* statements[] = {&raw};
    PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
    tree.version = PG_VERSION_NUM;
    tree.n_stmts = 1;
    tree.stmts = statements;
    std::vector<std::uint8_t> out(pg_query__parse_result__get_packed_size(&tree));
    pg_query__parse_result__pack(&tree, out.data());
    return out;
}

result<std::string> printed_text(std::vector<std::uint8_t> tree) {
    PgQueryProtobuf input{.len = tree.size(), .data = reinterpret_cast<char*>(tree.data())};
    auto printed = pg_query_deparse_protobuf(input);
    if (printed.error != nullptr) {
        sql_error error =
            unsupported("a statement of this form in a view",
                        printed.error->message == nullptr ? "" : printed.error->message);
        pg_query_free_deparse_result(printed);
        return error;
    }
    std::string out = printed.query;
    pg_query_free_deparse_result(printed);
    return out;
}

// libpg_query 15-4.0 prints the names of constraints and indexes, and the columns of ON DELETE SET,
// without the quotes that they need. Put into the tree, they are printed with it.
bool prints_names_bare() {
    static const bool bare = [] {
        auto parsed = pg_query_parse_protobuf("CREATE INDEX \"A b\" ON t (a)");
        auto printed = pg_query_deparse_protobuf(parsed.parse_tree);
        const bool found = printed.query != nullptr &&
                           std::string_view(printed.query).find('"') == std::string_view::npos;
        pg_query_free_deparse_result(printed);
        pg_query_free_protobuf_parse_result(parsed);
        return found;
    }();
    return bare;
}

// Protobuf-c's trees are of malloc.
void quote_in_place(char*& name) {
    if (name == nullptr || *name == '\0') return;
    auto* quoted = strdup(quote_identifier(name).c_str());
    if (quoted == nullptr) return;
    free(name);
    name = quoted;
}

void quote_names(PgQuery__Constraint& c) {
    quote_in_place(c.conname);
    for (std::size_t i = 0; i < c.n_fk_del_set_cols; ++i) {
        quote_in_place(c.fk_del_set_cols[i]->string->sval);
    }
}

void quote_names(PgQuery__Node* node) {
    if (node == nullptr) return;
    if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) return quote_names(*node->constraint);
    if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) return;
    auto& column = *node->column_def;
    for (std::size_t i = 0; i < column.n_constraints; ++i) quote_names(column.constraints[i]);
}

void quote_names(PgQuery__Node& statement) {
    if (!prints_names_bare()) return;
    if (statement.node_case == PG_QUERY__NODE__NODE_INDEX_STMT) {
        quote_in_place(statement.index_stmt->idxname);
    } else if (statement.node_case == PG_QUERY__NODE__NODE_CREATE_STMT) {
        auto& create = *statement.create_stmt;
        for (std::size_t i = 0; i < create.n_table_elts; ++i) quote_names(create.table_elts[i]);
    } else if (statement.node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) {
        auto& alter = *statement.alter_table_stmt;
        for (std::size_t i = 0; i < alter.n_cmds; ++i) {
            quote_names(alter.cmds[i]->alter_table_cmd->def);
        }
    }
}

void make_repeatable(PgQuery__AlterTableStmt& alter) {
    alter.missing_ok = 1;
    for (std::size_t i = 0; i < alter.n_cmds; ++i) {
        if (alter.cmds[i]->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
        auto& command = *alter.cmds[i]->alter_table_cmd;
        switch (command.subtype) {
            case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
            case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
                command.missing_ok = 1;
                break;
            default:
                break;
        }
    }
}

void make_repeatable(PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            node.create_stmt->if_not_exists = 1;
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            // PostgreSQL wants a name with IF NOT EXISTS.
            node.index_stmt->if_not_exists = *node.index_stmt->idxname != '\0';
            node.index_stmt->concurrent = 0;  // it would not run inside a transaction
            break;
        case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
            node.create_schema_stmt->if_not_exists = 1;
            break;
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
            node.create_seq_stmt->if_not_exists = 1;
            break;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            node.view_stmt->replace = 1;
            break;
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            make_repeatable(*node.alter_table_stmt);
            break;
        case PG_QUERY__NODE__NODE_DROP_STMT:
            node.drop_stmt->missing_ok = 1;
            node.drop_stmt->concurrent = 0;
            break;
        default:
            break;
    }
}

}  // namespace

result<std::string> statement_text(const PgQuery__Node& node) { return printed_text(packed(node)); }

result<std::string> repeatable_text(const PgQuery__Node& node) {
    struct tree_deleter {
        void operator()(PgQuery__ParseResult* tree) const {
            pg_query__parse_result__free_unpacked(tree, nullptr);
        }
    };
    const auto bytes = packed(node);
    const std::unique_ptr<PgQuery__ParseResult, tree_deleter> copy(
        pg_query__parse_result__unpack(nullptr, bytes.size(), bytes.data()));
    if (copy == nullptr || copy->n_stmts != 1) return unsupported("this statement in words");
    make_repeatable(*copy->stmts[0]->stmt);
    quote_names(*copy->stmts[0]->stmt);
    return statement_text(*copy->stmts[0]->stmt);
}

}  // namespace historyd::sql
