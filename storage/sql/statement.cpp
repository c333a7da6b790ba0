#include "storage/sql/statement.hpp"

#include "storage/sql/nodes.hpp"
#include "storage/sql/statement_copy.hpp"
#include "storage/sql/statement_settings.hpp"
#include "storage/sql/type_name.hpp"

namespace historyd::sql {

namespace {

// DeclareCursorStmt.options, from PostgreSQL's parsenodes.h.
constexpr int cursor_binary = 0x0001, cursor_scroll = 0x0002, cursor_no_scroll = 0x0004,
              cursor_hold = 0x0020;
constexpr std::int64_t fetch_all = INT64_MAX;

raw_statement inner(const raw_statement& raw, const PgQuery__Node* node) {
    auto out = raw;
    out.node = node;
    return out;
}

std::optional<std::string> name_or_all(const char* name) {
    if (*name == '\0') return std::nullopt;
    return std::string(name);
}

result<statement> transaction_of(const PgQuery__TransactionStmt& node) {
    switch (node.kind) {
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START: {
            auto options = transaction_options_of(list_of(node.n_options, node.options));
            if (!options) return options.error();
            return begin_statement{
                .options = std::move(*options),
                .start = node.kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START};
        }
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
            return commit_statement{node.chain != 0};
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
            return rollback_statement{node.chain != 0};
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_SAVEPOINT:
            return savepoint_statement{node.savepoint_name};
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_RELEASE:
            return release_statement{node.savepoint_name};
        case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
            return rollback_to_statement{node.savepoint_name};
        default:
            return unsupported("prepared transactions are not supported",
                               "Two-phase commit needs more than one database.");
    }
}

statement lock_of(const PgQuery__LockStmt& node) {
    constexpr int row_exclusive = 3;  // PostgreSQL's lockdefs.h
    lock_statement out;
    out.weak = node.mode <= row_exclusive;
    out.nowait = node.nowait != 0;
    for (const auto* relation : list_of(node.n_relations, node.relations)) {
        out.tables.push_back({relation->range_var->schemaname, relation->range_var->relname});
    }
    return out;
}

statement set_constraints_of(const PgQuery__ConstraintsSetStmt& node) {
    set_constraints_statement out{.deferred = node.deferred != 0, .constraints = {}};
    for (const auto* c : list_of(node.n_constraints, node.constraints)) {
        out.constraints.push_back({c->range_var->schemaname, c->range_var->relname});
    }
    return out;
}

result<statement> prepare_of(const raw_statement& raw, const PgQuery__PrepareStmt& node) {
    prepare_statement out{.name = node.name, .types = {}, .query = inner(raw, node.query)};
    for (const auto* type : list_of(node.n_argtypes, node.argtypes)) {
        auto resolved = resolve_type_name(raw, *type->type_name);
        if (!resolved) return resolved.error();
        out.types.push_back(resolved->id == types::type_oid::unknown ? 0 : resolved->id);
    }
    return out;
}

statement execute_of(const PgQuery__ExecuteStmt& node) {
    const auto arguments = list_of(node.n_params, node.params);
    return execute_statement{.name = node.name, .arguments = {arguments.begin(), arguments.end()}};
}

statement declare_of(const raw_statement& raw, const PgQuery__DeclareCursorStmt& node) {
    return declare_statement{.name = node.portalname,
                             .hold = (node.options & cursor_hold) != 0,
                             .scroll = (node.options & cursor_scroll) != 0,
                             .no_scroll = (node.options & cursor_no_scroll) != 0,
                             .binary = (node.options & cursor_binary) != 0,
                             .query = inner(raw, node.query)};
}

statement fetch_of(const PgQuery__FetchStmt& node) {
    using direction = fetch_statement::direction;
    fetch_statement out;
    out.portal = node.portalname;
    out.move = node.ismove != 0;
    out.all = node.how_many == fetch_all;
    out.count = node.how_many;
    switch (node.direction) {
        case PG_QUERY__FETCH_DIRECTION__FETCH_BACKWARD:
            out.how = direction::backward;
            break;
        case PG_QUERY__FETCH_DIRECTION__FETCH_ABSOLUTE:
            out.how = direction::absolute;
            break;
        case PG_QUERY__FETCH_DIRECTION__FETCH_RELATIVE:
            out.how = direction::relative;
            break;
        default:
            out.how = direction::forward;
            break;
    }
    return out;
}

result<explain_format> explain_format_of(const raw_statement& raw, const PgQuery__DefElem& option,
                                         std::string_view name) {
    if (name == "text") return explain_format::text;
    if (name == "json") return explain_format::json;
    if (name == "yaml") return explain_format::yaml;
    if (name == "xml") return explain_format::xml;
    return sql_error(
               sqlstate::invalid_parameter_value,
               "unrecognized value for EXPLAIN option \"format\": \"" + std::string(name) + "\"")
        .with_position(raw.position(option.location));
}

result<statement> explain_of(const raw_statement& raw, const PgQuery__ExplainStmt& node) {
    explain_statement out{.query = inner(raw, node.query), .analyze = false};
    for (const auto* option : list_of(node.n_options, node.options)) {
        const std::string_view name = option->def_elem->defname;
        const auto value = string_of(option->def_elem->arg);
        const bool on = value.empty() || value == "on" || value == "true" || value == "1";
        if (name == "analyze") {
            out.analyze = on;
        } else if (name == "format") {
            auto format = explain_format_of(raw, *option->def_elem, value);
            if (!format) return format.error();
            out.format = *format;
        } else if (name != "verbose" && name != "costs" && name != "settings" &&
                   name != "buffers" && name != "wal" && name != "timing" && name != "summary") {
            return sql_error(sqlstate::syntax_error,
                             "unrecognized EXPLAIN option \"" + std::string(name) + "\"")
                .with_position(raw.position(option->def_elem->location));
        }
    }
    return out;
}

statement discard_of(const PgQuery__DiscardStmt& node) {
    switch (node.target) {
        case PG_QUERY__DISCARD_MODE__DISCARD_PLANS:
            return discard_statement{"PLANS"};
        case PG_QUERY__DISCARD_MODE__DISCARD_SEQUENCES:
            return discard_statement{"SEQUENCES"};
        case PG_QUERY__DISCARD_MODE__DISCARD_TEMP:
            return discard_statement{"TEMP"};
        default:
            return discard_statement{"ALL"};
    }
}

// Whoever connects may do everything, so granting changes nothing; revoking would have to.
result<statement> grant_of(const raw_statement& raw, bool is_grant) {
    if (is_grant) return no_op_statement{command_tag(raw)};
    return unsupported("REVOKE is not supported", "Every role may do everything here.");
}

result<statement> not_spoken(const raw_statement& raw) {
    return unsupported(command_tag(raw) + " is not supported");
}

}  // namespace

result<statement> classify(const raw_statement& raw) {
    const auto& n = *raw.node;
    switch (n.node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
        case PG_QUERY__NODE__NODE_INSERT_STMT:
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
        case PG_QUERY__NODE__NODE_DELETE_STMT:
        case PG_QUERY__NODE__NODE_MERGE_STMT:
        case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
        case PG_QUERY__NODE__NODE_CREATE_STMT:
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        case PG_QUERY__NODE__NODE_INDEX_STMT:
        case PG_QUERY__NODE__NODE_VIEW_STMT:
        case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
        case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
        case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
        case PG_QUERY__NODE__NODE_RENAME_STMT:
        case PG_QUERY__NODE__NODE_DROP_STMT:
        case PG_QUERY__NODE__NODE_COMMENT_STMT:
            return optimizable_statement{};

        case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
            return transaction_of(*n.transaction_stmt);
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
            return set_or_reset(*n.variable_set_stmt);
        case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT: {
            const std::string_view name = n.variable_show_stmt->name;
            if (name == "all") return show_statement{std::nullopt};
            return show_statement{std::string(name)};
        }
        case PG_QUERY__NODE__NODE_DISCARD_STMT:
            return discard_of(*n.discard_stmt);
        case PG_QUERY__NODE__NODE_PREPARE_STMT:
            return prepare_of(raw, *n.prepare_stmt);
        case PG_QUERY__NODE__NODE_EXECUTE_STMT:
            return execute_of(*n.execute_stmt);
        case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
            return deallocate_statement{name_or_all(n.deallocate_stmt->name)};
        case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
            return declare_of(raw, *n.declare_cursor_stmt);
        case PG_QUERY__NODE__NODE_FETCH_STMT:
            return fetch_of(*n.fetch_stmt);
        case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
            return close_statement{name_or_all(n.close_portal_stmt->portalname)};
        case PG_QUERY__NODE__NODE_LISTEN_STMT:
            return listen_statement{n.listen_stmt->conditionname};
        case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
            return unlisten_statement{name_or_all(n.unlisten_stmt->conditionname)};
        case PG_QUERY__NODE__NODE_NOTIFY_STMT:
            return notify_statement{.channel = n.notify_stmt->conditionname,
                                    .payload = n.notify_stmt->payload};
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
            return explain_of(raw, *n.explain_stmt);
        case PG_QUERY__NODE__NODE_LOCK_STMT:
            return lock_of(*n.lock_stmt);
        case PG_QUERY__NODE__NODE_COPY_STMT:
            return copy_of(raw, *n.copy_stmt);
        case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
            return set_constraints_of(*n.constraints_set_stmt);

        // Maintenance of PostgreSQL's own storage; no answer depends on it.
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
        case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
        case PG_QUERY__NODE__NODE_REINDEX_STMT:
        case PG_QUERY__NODE__NODE_CLUSTER_STMT:
            return no_op_statement{command_tag(raw)};
        case PG_QUERY__NODE__NODE_GRANT_STMT:
            return grant_of(raw, n.grant_stmt->is_grant != 0);
        case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT: {
            const auto* action = n.alter_default_privileges_stmt->action;
            if (action == nullptr) return not_spoken(raw);
            return grant_of(raw, action->is_grant != 0);
        }
        default:
            return not_spoken(raw);
    }
}

const raw_statement* query_of(const statement& s) {
    if (const auto* explain = std::get_if<explain_statement>(&s)) return &explain->query;
    if (const auto* declare = std::get_if<declare_statement>(&s)) return &declare->query;
    return nullptr;
}

bool runs_alone(const statement& s) {
    const auto* discard = std::get_if<discard_statement>(&s);
    const auto* no_op = std::get_if<no_op_statement>(&s);
    return (discard != nullptr && discard->what == "ALL") ||
           (no_op != nullptr && no_op->tag == "VACUUM");
}

}  // namespace historyd::sql
