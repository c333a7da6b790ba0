#include "storage/sql/statement_settings.hpp"

#include <algorithm>
#include <array>

#include "storage/base/quoted.hpp"

namespace historyd::sql {

namespace {

// Settings whose value is a list of names, each to be quoted (PostgreSQL's GUC_LIST_QUOTE), and
// those that are a list of plain words (GUC_LIST_INPUT).
constexpr std::array quoted_lists{"search_path", "temp_tablespaces", "local_preload_libraries",
                                  "session_preload_libraries"};
constexpr std::array plain_lists{"datestyle", "synchronous_standby_names", "log_destination",
                                 "unix_socket_directories", "wal_consistency_checking"};

bool equal_folded(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
    });
}

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const char* n) { return equal_folded(n, name); });
}

std::string quoted_name(std::string_view name) {
    const bool plain =
        !name.empty() && (name[0] < '0' || name[0] > '9') && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    return plain ? std::string(name) : quote_name(name);
}

// The text of one constant. Returns: nullopt for what is not a constant.
std::optional<std::string> constant_text(const PgQuery__Node* node) {
    if (node == nullptr) return std::nullopt;
    if (node->node_case == PG_QUERY__NODE__NODE_STRING) return std::string(string_of(node));
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST) return std::nullopt;
    const auto& constant = *node->a_const;
    switch (constant.val_case) {
        case PG_QUERY__A__CONST__VAL_IVAL:
            return std::to_string(constant.ival->ival);
        case PG_QUERY__A__CONST__VAL_FVAL:
            return std::string(constant.fval->fval);
        case PG_QUERY__A__CONST__VAL_SVAL:
            return std::string(constant.sval->sval);
        case PG_QUERY__A__CONST__VAL_BOOLVAL:
            return constant.boolval->boolval ? "on" : "off";
        default:
            return std::nullopt;
    }
}

// SET TIME ZONE INTERVAL '1 hour': the text PostgreSQL gives its timezone setting.
std::optional<std::string> value_text(const PgQuery__Node* node) {
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
        const auto text = constant_text(node->type_cast->arg);
        if (!text) return std::nullopt;
        return "INTERVAL '" + *text + "'";
    }
    return constant_text(node);
}

result<std::string> joined_values(std::string_view name, node_list values) {
    const bool quoted = is_one_of(quoted_lists, name);
    if (values.size() > 1 && !quoted && !is_one_of(plain_lists, name)) {
        return sql_error(sqlstate::invalid_parameter_value,
                         "SET " + std::string(name) + " takes only one argument");
    }
    std::string out;
    for (const auto* node : values) {
        const auto text = value_text(node);
        if (!text) return unsupported("SET to something that is not a constant");
        if (!out.empty()) out += ", ";
        out += quoted ? quoted_name(*text) : *text;
    }
    return out;
}

result<std::pair<std::string, std::string>> option_of(const PgQuery__Node* node) {
    if (node->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) {
        return unsupported("this transaction option");
    }
    const auto text = constant_text(node->def_elem->arg);
    if (!text) return unsupported("this transaction option");
    const std::string name = node->def_elem->defname;
    if (name == "transaction_isolation") return std::pair(name, *text);
    if (name == "transaction_read_only" || name == "transaction_deferrable") {
        return std::pair(name, std::string(*text == "0" || *text == "off" ? "off" : "on"));
    }
    return unsupported("transaction option " + name);
}

result<statement> set_transaction(const PgQuery__VariableSetStmt& node) {
    set_statement out;
    const std::string_view what = node.name;
    if (what == "SESSION CHARACTERISTICS") {
        out.session_characteristics = true;
    } else if (what == "TRANSACTION") {
        out.local = true;
    } else {
        return unsupported("SET TRANSACTION SNAPSHOT",
                           "Snapshots cannot be passed between sessions.");
    }
    for (const auto* option : list_of(node.n_args, node.args)) {
        auto pair = option_of(option);
        if (!pair) return pair.error();
        auto name = out.session_characteristics ? "default_" + pair->first : pair->first;
        out.assignments.emplace_back(std::move(name), std::move(pair->second));
    }
    return out;
}

}  // namespace

result<statement> set_or_reset(const PgQuery__VariableSetStmt& node) {
    switch (node.kind) {
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE: {
            auto text = joined_values(node.name, list_of(node.n_args, node.args));
            if (!text) return text.error();
            set_statement out;
            out.assignments.emplace_back(node.name, std::move(*text));
            out.local = node.is_local != 0;
            return out;
        }
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT: {
            set_statement out;
            out.assignments.emplace_back(node.name, std::nullopt);
            out.local = node.is_local != 0;
            return out;
        }
        case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI:
            return set_transaction(node);
        case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
            return reset_statement{std::string(node.name)};
        case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL:
            return reset_statement{std::nullopt};
        default:
            return unsupported("SET ... FROM CURRENT");
    }
}

result<transaction_options> transaction_options_of(node_list options) {
    transaction_options out;
    for (const auto* option : options) {
        auto pair = option_of(option);
        if (!pair) return pair.error();
        if (pair->first == "transaction_isolation") {
            out.isolation = std::move(pair->second);
        } else if (pair->first == "transaction_read_only") {
            out.read_only = pair->second == "on";
        } else {
            out.deferrable = pair->second == "on";
        }
    }
    return out;
}

}  // namespace historyd::sql
