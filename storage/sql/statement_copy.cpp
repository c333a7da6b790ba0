#include "storage/sql/statement_copy.hpp"

#include <set>

namespace historyd::sql {

namespace {

// A COPY option's value as text; empty when it has none.
std::string option_text(const PgQuery__DefElem& option) {
    const auto* arg = option.arg;
    if (arg == nullptr) return {};
    switch (arg->node_case) {
        case PG_QUERY__NODE__NODE_STRING:
            return arg->string->sval;
        case PG_QUERY__NODE__NODE_INTEGER:
            return std::to_string(arg->integer->ival);
        case PG_QUERY__NODE__NODE_FLOAT:
            return arg->float_->fval;
        case PG_QUERY__NODE__NODE_BOOLEAN:
            return arg->boolean->boolval ? "true" : "false";
        case PG_QUERY__NODE__NODE_TYPE_NAME: {
            const auto names = list_of(arg->type_name->n_names, arg->type_name->names);
            return std::string(qualified_name_of(names).name);
        }
        default:
            return {};
    }
}

result<bool> option_boolean(const PgQuery__DefElem& option) {
    const auto text = option_text(option);
    if (text.empty() || text == "true" || text == "on" || text == "1") return true;
    if (text == "false" || text == "off" || text == "0") return false;
    return sql_error(sqlstate::syntax_error,
                     std::string(option.defname) + " requires a Boolean value");
}

result<std::string> one_byte(const PgQuery__DefElem& option, std::string_view what) {
    auto text = option_text(option);
    if (text.size() == 1) return text;
    return unsupported("COPY " + std::string(what) + " must be a single one-byte character");
}

result<void> apply(copy_statement& out, const raw_statement& raw, const PgQuery__DefElem& option) {
    const std::string_view name = option.defname;
    const auto at = raw.position(option.location);
    if (name == "format") {
        out.format = option_text(option);
        if (out.format != "text" && out.format != "csv" && out.format != "binary") {
            return sql_error(sqlstate::invalid_parameter_value,
                             "COPY format \"" + out.format + "\" not recognized")
                .with_position(at);
        }
        return {};
    }
    if (name == "header") {
        if (option_text(option) == "match") return unsupported("COPY with HEADER MATCH");
        auto on = option_boolean(option);
        if (!on) return on.error();
        out.header = *on;
        return {};
    }
    // Rows are never visible before commit here: FREEZE only spares PostgreSQL later work.
    if (name == "freeze") {
        auto on = option_boolean(option);
        return on ? result<void>{} : on.error();
    }
    if (name == "delimiter" || name == "quote" || name == "escape") {
        auto character = one_byte(option, name);
        if (!character) return character.error();
        auto& member = name == "delimiter" ? out.delimiter
                       : name == "quote"   ? out.quote
                                           : out.escape;
        member = std::move(*character);
        return {};
    }
    if (name == "null") {
        out.null_text = option_text(option);
        return {};
    }
    if (name == "encoding") {
        const auto encoding = option_text(option);
        if (encoding == "UTF8" || encoding == "utf8" || encoding == "UTF-8" ||
            encoding == "utf-8") {
            return {};
        }
        return unsupported("COPY with encoding " + encoding, "Only UTF8 is spoken.");
    }
    if (name == "force_quote" || name == "force_not_null" || name == "force_null") {
        return unsupported("COPY with option " + std::string(name));
    }
    return sql_error(sqlstate::syntax_error, "option \"" + std::string(name) + "\" not recognized")
        .with_position(at);
}

result<void> check_format(const copy_statement& out) {
    const bool csv = out.format == "csv", binary = out.format == "binary";
    const auto needs_csv = [](std::string_view what) {
        return sql_error(sqlstate::feature_not_supported,
                         "COPY " + std::string(what) + " available only in CSV mode");
    };
    if (binary && out.delimiter) {
        return sql_error(sqlstate::syntax_error, "cannot specify DELIMITER in BINARY mode");
    }
    if (binary && out.null_text) {
        return sql_error(sqlstate::syntax_error, "cannot specify NULL in BINARY mode");
    }
    if (binary && out.header) {
        return sql_error(sqlstate::feature_not_supported, "cannot specify HEADER in BINARY mode");
    }
    if (out.quote && !csv) return needs_csv("quote");
    if (out.escape && !csv) return needs_csv("escape");
    return {};
}

}  // namespace

result<statement> copy_of(const raw_statement& raw, const PgQuery__CopyStmt& node) {
    if (node.is_program || *node.filename != '\0') {
        return unsupported("COPY to or from a file on the server",
                           "Use COPY ... FROM STDIN or COPY ... TO STDOUT; psql's \\copy does.");
    }
    if (node.where_clause != nullptr) return unsupported("COPY ... WHERE");
    copy_statement out;
    out.from = node.is_from != 0;
    if (node.relation != nullptr) {
        out.schema_name = node.relation->schemaname;
        out.table = node.relation->relname;
    }
    for (const auto* column : list_of(node.n_attlist, node.attlist)) {
        out.columns.emplace_back(string_of(column));
    }
    if (node.query != nullptr) {
        out.query = raw;
        out.query->node = node.query;
    }
    std::set<std::string_view> seen;
    for (const auto* option : list_of(node.n_options, node.options)) {
        if (option->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) return unsupported("COPY option");
        if (!seen.insert(option->def_elem->defname).second) {
            return sql_error(sqlstate::syntax_error, "conflicting or redundant options")
                .with_position(raw.position(option->def_elem->location));
        }
        if (auto applied = apply(out, raw, *option->def_elem); !applied) return applied.error();
    }
    if (auto checked = check_format(out); !checked) return checked.error();
    return out;
}

}  // namespace historyd::sql
