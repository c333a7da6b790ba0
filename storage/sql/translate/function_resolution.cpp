#include <algorithm>
#include <unordered_map>

#include "storage/sql/translate/candidate.hpp"
#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

using entry_map = std::unordered_map<std::string_view, std::vector<const function_entry*>>;

const std::vector<const function_entry*>& entries_of(std::string_view name) {
    static const entry_map map = [] {
        entry_map out;
        for (const auto& entry : functions()) out[entry.name].push_back(&entry);
        return out;
    }();
    static const std::vector<const function_entry*> none;
    const auto it = map.find(name);
    return it == map.end() ? none : it->second;
}

// The overloads that take this many arguments, variadic ones spread out.
std::vector<candidate> candidates_for(std::string_view name, std::size_t arity) {
    std::vector<candidate> out;
    for (const auto* entry : entries_of(name)) {
        candidate c{.arguments = entry->arguments, .result = entry->result, .function = entry};
        if (entry->variadic && arity > c.arguments.size()) {
            c.arguments.resize(arity, c.arguments.back());
        }
        if (c.arguments.size() == arity) out.push_back(std::move(c));
    }
    return out;
}

std::string function_signature(std::string_view name, std::span<const oid> given) {
    std::string out = std::string(name) + "(";
    for (std::size_t i = 0; i < given.size(); ++i) {
        out += (i > 0 ? ", " : "") + type_display(given[i]);
    }
    return out + ")";
}

sql_error no_function(std::string_view name, std::span<const oid> given, bool ambiguous) {
    if (ambiguous) {
        return sql_error(sqlstate::ambiguous_function,
                         "function " + function_signature(name, given) + " is not unique")
            .with_hint(
                "Could not choose a best candidate function. You might need to add explicit "
                "type casts.");
    }
    return sql_error(sqlstate::undefined_function,
                     "function " + function_signature(name, given) + " does not exist")
        .with_hint(
            "No function matches the given name and argument types. You might need to add "
            "explicit type casts.");
}

}  // namespace

bool translator::is_aggregate_name(std::string_view name) {
    const auto& entries = entries_of(name);
    return std::ranges::any_of(entries,
                               [](const auto* e) { return e->kind == function_kind::aggregate; });
}

bool translator::is_set_name(std::string_view name) {
    const auto& entries = entries_of(name);
    return std::ranges::any_of(
        entries, [](const auto* e) { return e->kind == function_kind::set_returning; });
}

result<resolved_call> translator::resolve_call(std::string_view name, std::vector<expr> arguments,
                                               int location) {
    std::vector<oid> given;
    for (const auto& argument : arguments) {
        if (argument.is_row) return unsupported_at("values of type record", argument.location);
        given.push_back(argument.type.id);
    }
    const auto candidates = candidates_for(name, given.size());
    const auto chosen = choose(candidates, given);
    if (!chosen.best) return at(no_function(name, given, chosen.ambiguous), location);
    const auto& winner = candidates[*chosen.best];
    if (is_undetermined(winner, given)) {
        return sql_error(sqlstate::datatype_mismatch,
                         "could not determine polymorphic type because input has type unknown");
    }
    auto concrete = resolve_polymorphic(winner, given);
    if (!concrete) return at(no_function(name, given, false), location);

    resolved_call out;
    out.entry = winner.function;
    out.result = concrete->result;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool any = concrete->arguments[i] == t::any;
        // An untyped parameter stays so: "any" tells nothing of it.
        const bool open = any && arguments[i].parameter != 0;
        auto coerced = open  ? result<expr>(std::move(arguments[i]))
                       : any ? settle_unknown(std::move(arguments[i]))
                             : coerce(std::move(arguments[i]), {.id = concrete->arguments[i]},
                                      coercion::implicit);
        if (!coerced) return coerced.error();
        // pg_typeof('x') tells that nothing has decided the type.
        const bool told = !open && given[i] == t::unknown && name == "pg_typeof";
        out.types.push_back(told ? oid{t::unknown} : coerced->type.id);
        out.arguments.push_back(std::move(*coerced));
    }
    return out;
}

// f(x) where f is a type's name and no such function takes x: a cast (documentation, "Function Type
// Resolution", step 3).
std::optional<result<expr>> translator::cast_call(std::string_view name,
                                                  std::vector<expr>& arguments) {
    if (arguments.size() != 1 || arguments.front().is_row) return std::nullopt;
    const auto* type = types::find_type(name);
    if (type == nullptr || type->name != name || is_pseudo(type->id)) return std::nullopt;
    const oid given = arguments.front().type.id;
    for (const auto& c : candidates_for(name, 1)) {
        if (c.arguments.front() == given) return std::nullopt;
    }
    if (!can_coerce(given, type->id, coercion::explicit_)) return std::nullopt;
    return coerce(std::move(arguments.front()), {.id = type->id}, coercion::explicit_);
}

std::string translator::call_sql(const resolved_call& call) {
    std::vector<std::string> texts;
    for (const auto& argument : call.arguments) texts.push_back(argument.sql);
    return fill_template(call.entry->sqlite, texts, call.types, call.result);
}

void translator::note_effects(const function_entry& entry) {
    const bool moves = entry.name == "nextval" || entry.name == "setval";
    const bool locks =
        entry.name.starts_with("pg_advisory_") || entry.name.starts_with("pg_try_advisory_");
    moves_sequences |= moves;
    has_side_effects |= moves || locks || entry.name == "set_config" || entry.name == "pg_notify";
}

result<expr> translator::apply_function(std::string_view name, std::vector<expr> arguments,
                                        int location) {
    if (auto cast = cast_call(name, arguments)) return std::move(*cast);
    auto call = resolve_call(name, std::move(arguments), location);
    if (!call) return call.error();
    if (call->entry->kind != function_kind::scalar) {
        return unsupported_at("aggregate and set-returning functions here", location);
    }
    return scalar_call(*call, location);
}

expr translator::scalar_call(const resolved_call& call, int location) {
    expr out;
    for (const auto& argument : call.arguments) absorb(out, argument);
    out.sql = call_sql(call);
    // pg_typeof(max(x)): the text does without the argument, but it makes the query an aggregate.
    if (out.has_aggregate && call.entry->sqlite == "%t1") {
        out.sql =
            "iif(" + call.arguments.front().sql + " IS NULL, " + out.sql + ", " + out.sql + ")";
    }
    out.type = {.id = call.result};
    out.location = location;
    out.is_volatile |= call.entry->volatility == volatility::volatile_;
    out.is_mutable |= call.entry->volatility != volatility::immutable;
    note_effects(*call.entry);
    return out;
}

}  // namespace historyd::sql
