#include <charconv>

#include "storage/sql/translate/translator.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// As PostgreSQL's own limit of the protocol: a parameter count is an int16.
constexpr int parameters_max = 65535;

}  // namespace

result<expr> translator::constant_node(const PgQuery__AConst& node) {
    if (node.isnull) return constant({.id = t::unknown}, std::monostate{}, node.location);
    switch (node.val_case) {
        case PG_QUERY__A__CONST__VAL_IVAL:
            return constant({.id = t::int4}, std::int64_t{node.ival->ival}, node.location);
        case PG_QUERY__A__CONST__VAL_BOOLVAL:
            return constant({.id = t::bool_}, std::int64_t{node.boolval->boolval != 0},
                            node.location);
        case PG_QUERY__A__CONST__VAL_SVAL:
            return constant({.id = t::unknown}, std::string(node.sval->sval), node.location);
        case PG_QUERY__A__CONST__VAL_FVAL: {
            const std::string_view text = node.fval->fval;
            std::int64_t whole = 0;
            const auto read = std::from_chars(text.data(), text.data() + text.size(), whole);
            if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) {
                const bool small = whole >= INT32_MIN && whole <= INT32_MAX;
                return constant({.id = small ? t::int4 : t::int8}, whole, node.location);
            }
            auto number = types::text_in({.id = t::numeric}, text, *io_);
            if (!number) return at(number.error(), node.location);
            return constant({.id = t::numeric}, std::move(*number), node.location);
        }
        default:
            return unsupported_at("bit string constants", node.location);
    }
}

result<expr> translator::parameter_node(const PgQuery__ParamRef& node) {
    const bool none = input_.parameters_fixed &&
                      static_cast<std::size_t>(node.number) > input_.parameter_types.size();
    if (node.number < 1 || node.number > parameters_max || none) {
        return at(sql_error(sqlstate::undefined_parameter,
                            "there is no parameter $" + std::to_string(node.number)),
                  node.location);
    }
    const auto index = static_cast<std::size_t>(node.number);
    if (parameters_.size() < index) parameters_.resize(index, type_ref{.id = t::unknown});
    expr e;
    e.sql = "?" + std::to_string(node.number);
    e.type = parameters_[index - 1];
    e.location = node.location;
    e.parameter = node.number;
    return e;
}

result<expr> translator::value_function_node(const PgQuery__SQLValueFunction& node) {
    struct form {
        std::string_view function;
        type_ref type;
    };
    const auto form_of = [](PgQuery__SQLValueFunctionOp op) -> form {
        switch (op) {
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
                return {"now", {t::date}};
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N:
                return {"now", {t::timetz}};
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N:
                return {"now", {t::timestamptz}};
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N:
                return {"now", {t::time}};
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N:
                return {"now", {t::timestamp}};
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG:
                return {"current_database", {t::name}};
            case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
                return {"current_schema", {t::name}};
            default:
                return {"current_user", {t::name}};
        }
    };
    auto [function, type] = form_of(node.op);
    type.typmod = node.typmod < 0 ? -1 : std::min(node.typmod, 6);
    auto e = apply_function(function, {}, node.location);
    if (!e) return e;
    return coerce(std::move(*e), type, coercion::explicit_);
}

result<expr> translator::collate_node(const PgQuery__CollateClause& node, scope& s, clause c) {
    auto e = expression(node.arg, s, c);
    if (!e) return e;
    const auto collation = qualified_name_of(list_of(node.n_collname, node.collname));
    // Text is compared by bytes whatever the name; these are the names for which that is right.
    for (const std::string_view known :
         {"C", "POSIX", "default", "ucs_basic", "C.UTF-8", "C.utf8"}) {
        if (collation.name != known) continue;
        auto settled = settle_unknown(std::move(*e));
        if (!settled) return settled;
        switch (settled->type.id) {
            case t::text:
            case t::varchar:
            case t::bpchar:
            case t::name:
            case t::text_array:
            case t::varchar_array:
                forget_origin(*settled);
                return settled;
            default:
                return at(sql_error(sqlstate::datatype_mismatch,
                                    "collations are not supported by type " +
                                        types::format_type({.id = settled->type.id})),
                          node.location);
        }
    }
    const std::string name(collation.name);
    if (name.find('_') != std::string::npos || name.find('-') != std::string::npos) {
        return at(unsupported("collation \"" + name + "\" is not supported",
                              "Text is compared by its bytes, as with collation \"C\"."),
                  node.location);
    }
    return at(sql_error(sqlstate::undefined_object,
                        "collation \"" + name + "\" for encoding \"UTF8\" does not exist"),
              node.location);
}

}  // namespace historyd::sql
