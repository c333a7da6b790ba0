#include "storage/sql/ddl/sequence_options.hpp"

#include <charconv>
#include <set>

#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace {

namespace type_oid = types::type_oid;

std::optional<std::int64_t> number_of(const PgQuery__Node* node) {
    if (node == nullptr) return std::nullopt;
    if (node->node_case == PG_QUERY__NODE__NODE_INTEGER) return node->integer->ival;
    if (node->node_case != PG_QUERY__NODE__NODE_FLOAT) return std::nullopt;
    const std::string_view digits = node->float_->fval;
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return out;
}

bool truth_of(const PgQuery__Node* node) {
    if (node == nullptr) return true;
    if (node->node_case == PG_QUERY__NODE__NODE_BOOLEAN) return node->boolean->boolval != 0;
    if (node->node_case == PG_QUERY__NODE__NODE_INTEGER) return node->integer->ival != 0;
    return true;
}

std::pair<std::int64_t, std::int64_t> range_of(types::oid type) {
    if (type == type_oid::int2) return {INT16_MIN, INT16_MAX};
    if (type == type_oid::int4) return {INT32_MIN, INT32_MAX};
    return {INT64_MIN, INT64_MAX};
}

sql_error invalid(std::string message) {
    return sql_error(sqlstate::invalid_parameter_value, std::move(message));
}

struct given_options {
    std::optional<std::int64_t> start, increment, min, max;
    bool no_min = false, no_max = false, type_changed = false;
};

result<void> check_bounds(const schema::sequence& s) {
    const auto [lowest, highest] = range_of(s.type);
    const auto text = [](std::int64_t n) { return std::to_string(n); };
    if (s.max < lowest || s.max > highest) {
        return invalid("MAXVALUE (" + text(s.max) + ") is out of range for sequence data type " +
                       types::format_type({.id = s.type}));
    }
    if (s.min < lowest || s.min > highest) {
        return invalid("MINVALUE (" + text(s.min) + ") is out of range for sequence data type " +
                       types::format_type({.id = s.type}));
    }
    if (s.min >= s.max) {
        return invalid("MINVALUE (" + text(s.min) + ") must be less than MAXVALUE (" + text(s.max) +
                       ")");
    }
    if (s.start < s.min) {
        return invalid("START value (" + text(s.start) + ") cannot be less than MINVALUE (" +
                       text(s.min) + ")");
    }
    if (s.start > s.max) {
        return invalid("START value (" + text(s.start) + ") cannot be greater than MAXVALUE (" +
                       text(s.max) + ")");
    }
    return {};
}

// OWNED BY table.column, or NONE.
result<void> apply_owner(schema_change& change, schema::sequence& s, const PgQuery__Node* arg) {
    const auto names = arg != nullptr && arg->node_case == PG_QUERY__NODE__NODE_LIST
                           ? list_of(arg->list->n_items, arg->list->items)
                           : node_list{};
    if (names.size() == 1 && string_of(names[0]) == "none") {
        s.owner_relation = 0;
        s.owner_attnum = 0;
        return {};
    }
    if (names.size() < 2) {
        return sql_error(sqlstate::syntax_error, "invalid OWNED BY option")
            .with_hint("Specify OWNED BY table.column or OWNED BY NONE.");
    }
    PgQuery__RangeVar table = PG_QUERY__RANGE_VAR__INIT;
    std::string relname(string_of(names[names.size() - 2]));
    std::string schemaname(names.size() > 2 ? string_of(names[names.size() - 3])
                                            : std::string_view());
    table.relname = relname.data();
    table.schemaname = schemaname.data();
    table.location = -1;
    auto relation = change.t().find_relation(&table);
    if (!relation) return relation.error();
    const auto* column = (*relation)->find_column(string_of(names.back()));
    if (column == nullptr) {
        return sql_error(sqlstate::undefined_column,
                         "column \"" + std::string(string_of(names.back())) + "\" of relation \"" +
                             relname + "\" does not exist");
    }
    s.owner_relation = (*relation)->id;
    s.owner_attnum = column->attnum;
    return {};
}

result<void> apply_type(schema_change& change, schema::sequence& s, const PgQuery__Node* arg,
                        given_options& given) {
    auto type = change.t().type_of(arg->type_name);
    if (!type) return type.error();
    if (!is_integer(type->id)) {
        return invalid("sequence type must be smallint, integer, or bigint");
    }
    given.type_changed = s.type != type->id;
    s.type = type->id;
    return {};
}

result<void> apply_one(schema_change& change, schema::sequence& s, given_options& given,
                       const PgQuery__DefElem& option, sequence_use use) {
    const std::string_view name = option.defname;
    const auto number = number_of(option.arg);
    if (name == "as" && use != sequence_use::identity) {
        return apply_type(change, s, option.arg, given);
    }
    if (name == "start") {
        given.start = number;
    } else if (name == "increment") {
        if (number == 0) return invalid("INCREMENT must not be zero");
        given.increment = number;
    } else if (name == "minvalue") {
        given.min = number;
        given.no_min = !number;
    } else if (name == "maxvalue") {
        given.max = number;
        given.no_max = !number;
    } else if (name == "cycle") {
        s.cycle = truth_of(option.arg);
    } else if (name == "cache") {
        // Numbers are handed out one by one in memory; a cache would only make holes.
        if (number && *number <= 0) {
            return invalid("CACHE (" + std::to_string(*number) + ") must be greater than zero");
        }
    } else if (name == "owned_by") {
        return apply_owner(change, s, option.arg);
    } else if (name == "sequence_name" && use == sequence_use::identity) {
        const auto spelled = qualified_name_of(option.arg);
        s.name = spelled.name;
    } else if (name != "restart" || use == sequence_use::create) {
        return sql_error(sqlstate::syntax_error,
                         "sequence option \"" + std::string(name) + "\" not supported here");
    }
    return {};
}

}  // namespace

result<void> apply_sequence_options(schema_change& change, schema::sequence& s, node_list options,
                                    sequence_use use) {
    given_options given;
    std::set<std::string_view> seen;
    for (const auto* node : options) {
        const auto& option = *node->def_elem;
        if (!seen.insert(option.defname).second) {
            return change.t().at(
                sql_error(sqlstate::syntax_error, "conflicting or redundant options"),
                option.location);
        }
        if (auto applied = apply_one(change, s, given, option, use); !applied) {
            return applied.error();
        }
    }
    const bool fresh = use != sequence_use::alter;
    const auto [lowest, highest] = range_of(s.type);
    if (given.increment) s.increment = *given.increment;
    const bool ascending = s.increment > 0;
    if (given.max) {
        s.max = *given.max;
    } else if (fresh || given.no_max || given.type_changed) {
        s.max = ascending ? highest : -1;
    }
    if (given.min) {
        s.min = *given.min;
    } else if (fresh || given.no_min || given.type_changed) {
        s.min = ascending ? 1 : lowest;
    }
    if (given.start) {
        s.start = *given.start;
    } else if (fresh) {
        s.start = ascending ? s.min : s.max;
    }
    return check_bounds(s);
}

sql_error identity_needs_integer() {
    return invalid("identity column type must be smallint, integer, or bigint");
}

result<void> change_sequence_type(schema::sequence& s, types::oid type) {
    const auto before = range_of(s.type), after = range_of(type);
    if (s.min == before.first) s.min = after.first;
    if (s.max == before.second) s.max = after.second;
    s.type = type;
    return check_bounds(s);
}

std::optional<std::int64_t> restart_value(const schema::sequence& s, node_list options) {
    for (const auto* node : options) {
        if (std::string_view(node->def_elem->defname) != "restart") continue;
        return number_of(node->def_elem->arg).value_or(s.start);
    }
    return std::nullopt;
}

std::string sequence_text(const schema::schema& schema, const schema::sequence& s) {
    const auto* space = schema.find_namespace(s.namespace_id);
    if (space == nullptr || space->id == schema::public_oid) return quote_identifier(s.name);
    return quote_identifier(space->name) + "." + quote_identifier(s.name);
}

}  // namespace historyd::sql
