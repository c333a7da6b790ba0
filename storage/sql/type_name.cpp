#include "storage/sql/type_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace historyd::sql {

namespace {

namespace oids = types::type_oid;
using types::type_ref;

constexpr std::int32_t header_bytes = 4;               // VARHDRSZ, part of every length modifier
constexpr std::int32_t length_max = 10 * 1024 * 1024;  // of varchar(n) and char(n)
constexpr std::int32_t interval_full_range = 0x7fff, interval_full_precision = 0xffff;

// Types PostgreSQL has and historyd does not: 0A000 is the honest answer, 42704 would be a lie.
constexpr std::array<std::string_view, 31> unspoken_types = {"bit",
                                                             "varbit",
                                                             "money",
                                                             "point",
                                                             "line",
                                                             "lseg",
                                                             "box",
                                                             "path",
                                                             "polygon",
                                                             "circle",
                                                             "macaddr",
                                                             "macaddr8",
                                                             "tsvector",
                                                             "tsquery",
                                                             "xml",
                                                             "int4range",
                                                             "int8range",
                                                             "numrange",
                                                             "tsrange",
                                                             "tstzrange",
                                                             "daterange",
                                                             "pg_lsn",
                                                             "jsonpath",
                                                             "txid_snapshot",
                                                             "refcursor",
                                                             "xid8",
                                                             "int4multirange",
                                                             "int8multirange",
                                                             "tsmultirange",
                                                             "tstzmultirange",
                                                             "datemultirange"};

bool is_unspoken(std::string_view name) {
    return std::ranges::find(unspoken_types, name) != unspoken_types.end();
}

class type_name_resolver {
public:
    type_name_resolver(const raw_statement& raw, const PgQuery__TypeName& node)
        : raw_(raw), node_(node) {}

    result<type_ref> resolve() const {
        if (node_.setof) return at(unsupported("SETOF types are not supported"));
        if (node_.pct_type) return at(unsupported("%TYPE is not supported"));
        const auto names = list_of(node_.n_names, node_.names);
        if (names.empty()) return at(unsupported("types without a name are not supported"));
        const auto name = qualified_name_of(names);
        const auto* info = types::find_type(name.name);
        const bool in_catalog = name.schema.empty() || name.schema == "pg_catalog";
        // "name" has to be the type's own: SQL spellings were turned into it by the grammar.
        if (name.too_long || !in_catalog || info == nullptr || info->name != name.name ||
            is_unspoken(name.name)) {
            return unknown(name);
        }
        auto modifier = typmod(*info);
        if (!modifier) return modifier.error();
        if (node_.n_array_bounds == 0) return type_ref{info->id, *modifier};
        if (info->element != 0) return type_ref{info->id, *modifier};
        if (info->array == 0) return unknown(name);
        return type_ref{info->array, *modifier};
    }

private:
    sql_error at(sql_error error) const {
        return std::move(error).with_position(raw_.position(node_.location));
    }
    sql_error invalid(std::string message) const {
        return at(sql_error(sqlstate::invalid_parameter_value, std::move(message)));
    }

    result<type_ref> unknown(const qualified_name& name) const {
        std::string shown = name.schema.empty() ? "" : std::string(name.schema) + ".";
        shown += name.name;
        if (node_.n_array_bounds > 0) shown += "[]";
        if (is_unspoken(name.name)) {
            return at(unsupported("type \"" + shown + "\" is not supported"));
        }
        return at(sql_error(sqlstate::undefined_object, "type \"" + shown + "\" does not exist"));
    }

    // The modifiers as integers; PostgreSQL accepts constants only.
    result<std::vector<std::int32_t>> modifiers() const {
        std::vector<std::int32_t> out;
        for (const auto* item : list_of(node_.n_typmods, node_.typmods)) {
            if (item->node_case != PG_QUERY__NODE__NODE_A_CONST) {
                return at(sql_error(sqlstate::syntax_error,
                                    "type modifiers must be simple constants or identifiers"));
            }
            const auto& constant = *item->a_const;
            std::int32_t number = 0;
            if (constant.val_case == PG_QUERY__A__CONST__VAL_IVAL) {
                number = constant.ival->ival;
            } else {
                const std::string_view text =
                    constant.val_case == PG_QUERY__A__CONST__VAL_SVAL   ? constant.sval->sval
                    : constant.val_case == PG_QUERY__A__CONST__VAL_FVAL ? constant.fval->fval
                                                                        : "";
                const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
                if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
                    return at(sql_error(
                        sqlstate::invalid_text_representation,
                        "invalid input syntax for type integer: \"" + std::string(text) + "\""));
                }
            }
            out.push_back(number);
        }
        return out;
    }

    result<std::int32_t> typmod(const types::type_info& info) const {
        if (node_.n_typmods == 0) return std::int32_t{-1};
        auto given = modifiers();
        if (!given) return given.error();
        switch (info.id) {
            case oids::varchar:
                return length_modifier(*given, "varchar");
            case oids::bpchar:
                return length_modifier(*given, "char");
            case oids::numeric:
                return numeric_modifier(*given);
            case oids::time:
                return precision_modifier(*given, "TIME", "");
            case oids::timetz:
                return precision_modifier(*given, "TIME", " WITH TIME ZONE");
            case oids::timestamp:
                return precision_modifier(*given, "TIMESTAMP", "");
            case oids::timestamptz:
                return precision_modifier(*given, "TIMESTAMP", " WITH TIME ZONE");
            case oids::interval:
                return interval_modifier(*given);
            default:
                return at(sql_error(
                    sqlstate::syntax_error,
                    "type modifier is not allowed for type \"" + std::string(info.name) + "\""));
        }
    }

    result<std::int32_t> length_modifier(const std::vector<std::int32_t>& given,
                                         const std::string& name) const {
        if (given.size() != 1) return invalid("invalid type modifier");
        if (given[0] < 1) return invalid("length for type " + name + " must be at least 1");
        if (given[0] > length_max) {
            return invalid("length for type " + name + " cannot exceed " +
                           std::to_string(length_max));
        }
        return given[0] + header_bytes;
    }

    result<std::int32_t> numeric_modifier(const std::vector<std::int32_t>& given) const {
        if (given.size() > 2) return invalid("invalid NUMERIC type modifier");
        const auto precision = given[0], scale = given.size() > 1 ? given[1] : 0;
        if (precision < 1 || precision > 1000) {
            return invalid("NUMERIC precision " + std::to_string(precision) +
                           " must be between 1 and 1000");
        }
        if (scale < -1000 || scale > 1000) {
            return invalid("NUMERIC scale " + std::to_string(scale) +
                           " must be between -1000 and 1000");
        }
        return ((precision << 16) | (scale & 0x7ff)) + header_bytes;
    }

    result<std::int32_t> precision_modifier(const std::vector<std::int32_t>& given,
                                            const std::string& name,
                                            const std::string& tail) const {
        if (given.size() != 1) return invalid("invalid type modifier");
        if (given[0] < 0) {
            return invalid(name + "(" + std::to_string(given[0]) + ")" + tail +
                           " precision must not be negative");
        }
        return std::min(given[0], 6);
    }

    // High half: the fields kept, low half: precision (PostgreSQL's utils/timestamp.h).
    result<std::int32_t> interval_modifier(const std::vector<std::int32_t>& given) const {
        if (given.size() > 2) return invalid("invalid INTERVAL type modifier");
        const auto range = given[0] & interval_full_range;
        if (given.size() == 1) {
            if (range == interval_full_range) return std::int32_t{-1};
            return (range << 16) | interval_full_precision;
        }
        if (given[1] < 0) {
            return invalid("INTERVAL(" + std::to_string(given[1]) +
                           ") precision must not be negative");
        }
        return (range << 16) | std::min(given[1], 6);
    }

    const raw_statement& raw_;
    const PgQuery__TypeName& node_;
};

}  // namespace

result<types::type_ref> resolve_type_name(const raw_statement& raw, const PgQuery__TypeName& node) {
    return type_name_resolver(raw, node).resolve();
}

}  // namespace historyd::sql
