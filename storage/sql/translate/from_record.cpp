#include "storage/sql/translate/from_function.hpp"
#include "storage/sql/type_name.hpp"

// json_to_recordset(...) AS x (a int, b text), json_populate_record(NULL::t, ...) and their kin in
// FROM: a column of the record is the JSON field of its name, read as the type's text is.

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// The relation whose row NULL::name is; nullptr for any other expression.
const PgQuery__TypeName* null_row(const PgQuery__Node* argument) {
    if (argument->node_case != PG_QUERY__NODE__NODE_TYPE_CAST) return nullptr;
    const auto& cast = *argument->type_cast;
    const bool is_null =
        cast.arg->node_case == PG_QUERY__NODE__NODE_A_CONST && cast.arg->a_const->isnull;
    return is_null ? cast.type_name : nullptr;
}

// What SQL is to be read from: the value, if it is an object.
std::string object_sql(const std::string& value, std::string_view function, bool is_set) {
    const auto raise = [](const std::string& message) {
        return "pg_raise('22023', " + quote_text(message) + ")";
    };
    const std::string name(function);
    auto refusal = is_set ? raise("argument of " + name + " must be an array of objects")
                          : "iif(pg_json_typeof(" + value + ") = 'array', " +
                                raise("cannot call " + name + " on an array") + ", " +
                                raise("cannot call " + name + " on a scalar") + ")";
    return "iif(coalesce(pg_json_typeof(" + value + "), 'object') = 'object', " + value + ", " +
           refusal + ")";
}

}  // namespace

bool translator::is_record_name(std::string_view name) {
    for (const std::string_view type : {"json", "jsonb"}) {
        if (!name.starts_with(type)) continue;
        const auto rest = name.substr(type.size());
        if (rest == "_to_record" || rest == "_to_recordset" || rest == "_populate_record" ||
            rest == "_populate_recordset") {
            return true;
        }
    }
    return false;
}

result<std::vector<record_field>> translator::record_fields(const PgQuery__FuncCall& call,
                                                            const PgQuery__RangeFunction& node,
                                                            bool populates) const {
    const auto definitions = column_definitions(node);
    std::vector<record_field> out;
    if (!populates) {
        if (definitions.empty()) {
            return at(sql_error(sqlstate::syntax_error,
                                "a column definition list is required for functions returning "
                                "\"record\""),
                      call.location);
        }
        for (const auto* definition : definitions) {
            auto type = resolve_type_name(statement_, *definition->column_def->type_name);
            if (!type) return type.error();
            out.push_back({definition->column_def->colname, *type});
        }
        return out;
    }
    if (!definitions.empty()) {
        return at(sql_error(sqlstate::syntax_error,
                            "a column definition list is redundant for a function returning a "
                            "named composite type"),
                  definitions.front()->column_def->location);
    }
    const auto* type = null_row(call.args[0]);
    if (type == nullptr) {
        return unsupported_at("records other than NULL to begin with", call.location);
    }
    const auto names = qualified_name_of(list_of(type->n_names, type->names));
    std::string space(names.schema), table(names.name);
    PgQuery__RangeVar name = PG_QUERY__RANGE_VAR__INIT;
    name.schemaname = space.data();
    name.relname = table.data();
    auto found = find_relation(&name);
    if (!found) {
        return at(sql_error(sqlstate::undefined_object, "type \"" + table + "\" does not exist"),
                  type->location);
    }
    for (const auto& column : (*found)->columns) out.push_back({column.name, column.type});
    return out;
}

// One field of a JSON object: NULL where it is null or missing.
result<expr> translator::record_value(const expr& object, std::string_view family,
                                      const record_field& field, int location) {
    const auto* type = types::find_type(field.type.id);
    if (type != nullptr && type->element != 0) {
        return unsupported_at("arrays in records that are read from JSON", location);
    }
    const bool is_json = field.type.id == t::json || field.type.id == t::jsonb;
    expr name;
    name.sql = quote_text(field.name);
    name.type = {.id = t::text};
    auto e =
        apply_function(std::string(family) + (is_json ? "_extract_path" : "_extract_path_text"),
                       {object, name}, location);
    if (!e) return e;
    if (is_json) e->sql = "iif(pg_json_typeof(" + e->sql + ") = 'null', NULL, " + e->sql + ")";
    auto read = coerce(std::move(*e), {.id = field.type.id}, coercion::explicit_);
    if (!read) return read;
    // What is too long is an error, as in a literal; a cast would cut it.
    return coerce(std::move(*read), field.type, coercion::assignment);
}

result<translator::from_piece> translator::from_record(const PgQuery__FuncCall& call,
                                                       std::string_view name,
                                                       const PgQuery__RangeFunction& node,
                                                       scope& s) {
    const bool is_set = name.ends_with("set"), populates = name.find("_populate_") != name.npos;
    const std::string family = name.starts_with("jsonb") ? "jsonb" : "json";
    const std::size_t position = populates ? 1 : 0;
    if (call.n_args != position + 1) {
        return at(sql_error(sqlstate::undefined_function,
                            "function " + std::string(name) + " does not take these arguments"),
                  call.location);
    }
    auto fields = record_fields(call, node, populates);
    if (!fields) return fields.error();
    auto argument = expression(call.args[position], s, clause::from_function);
    if (!argument) return argument.error();
    auto rows = resolve_call(family + (is_set ? "_array_elements" : "_typeof"),
                             {std::move(*argument)}, call.location);
    if (!rows) return rows.error();
    const auto& json = rows->arguments.front();
    for (const auto& use : json.columns) {
        if (use.entry->home == &s && !is_set) {
            return unsupported_at("functions of other FROM items that return one value",
                                  use.location);
        }
    }
    s.outer_uses.insert(s.outer_uses.end(), json.columns.begin(), json.columns.end());
    s.is_volatile |= json.is_volatile;

    auto& entry = s.add_entry();
    entry.alias = node.alias != nullptr ? node.alias->aliasname : std::string(name);
    entry.sqlite_alias = unique_alias(entry.alias);
    expr object;
    object.sql = object_sql(quote_name(entry.sqlite_alias) + ".\"value\"", name, is_set);
    object.type = {.id = family == "jsonb" ? t::jsonb : t::json};
    for (const auto& field : *fields) {
        auto value = record_value(object, family, field, call.location);
        if (!value) return value.error();
        entry.columns.push_back({.name = field.name, .sql = value->sql, .type = field.type});
    }
    if (node.ordinality) add_ordinality(entry, "ordinality");
    from_piece out{.sql = is_set ? call_sql(*rows)
                                 : "(SELECT " + json.sql + " AS \"value\", 1 AS \"ordinality\")",
                   .shown = {{.entry = &entry}},
                   .entries = {&entry}};
    out.sql += " AS " + quote_name(entry.sqlite_alias);
    if (populates) {
        if (auto named = apply_column_aliases(entry, node.alias, -1); !named) return named.error();
    }
    return out;
}

}  // namespace historyd::sql
