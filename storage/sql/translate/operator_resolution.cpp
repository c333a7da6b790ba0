#include <algorithm>
#include <array>
#include <unordered_map>

#include "storage/sql/translate/candidate.hpp"
#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

constexpr std::string_view concatenation = "(%1 || %2)";
constexpr std::array<std::string_view, 6> comparisons = {"=", "<>", "<", "<=", ">", ">="};

// Types that compare with themselves; SQLite's infix operators do it with the type's collation.
constexpr std::array<oid, 27> comparable = {
    t::bool_,   t::bytea, t::char_, t::name,      t::int8,        t::int2,     t::int4,
    t::text,    t::oid_,  t::tid,   t::xid,       t::cid,         t::float4,   t::float8,
    t::bpchar,  t::date,  t::time,  t::timestamp, t::timestamptz, t::interval, t::timetz,
    t::numeric, t::uuid,  t::jsonb, t::oidvector, t::inet,        t::anyarray};

using candidate_map = std::unordered_map<std::string_view, std::vector<candidate>>;

candidate_map make_candidates() {
    candidate_map out;
    for (const auto& entry : operators()) {
        candidate c{.arguments = {}, .result = entry.result, .op = &entry};
        if (entry.left != 0) c.arguments.push_back(entry.left);
        c.arguments.push_back(entry.right);
        out[entry.name].push_back(std::move(c));
    }
    for (const auto name : comparisons) {
        auto& list = out[name];
        for (const oid type : comparable) {
            const std::vector<oid> arguments{type, type};
            const bool known = std::ranges::any_of(
                list, [&](const candidate& c) { return c.arguments == arguments; });
            if (!known) list.push_back({.arguments = arguments, .result = t::bool_});
        }
        list.push_back({.arguments = {t::xid, t::int4}, .result = t::bool_});
    }
    return out;
}

const std::vector<candidate>& candidates_of(std::string_view name) {
    static const candidate_map map = make_candidates();
    static const std::vector<candidate> none;
    const auto it = map.find(name == "!=" ? "<>" : name);
    return it == map.end() ? none : it->second;
}

std::string operator_signature(std::string_view name, std::span<const oid> given) {
    std::string out;
    if (given.size() == 2) out = type_display(given[0]) + " ";
    out += name;
    return out + " " + type_display(given.back());
}

sql_error no_operator(std::string_view name, std::span<const oid> given, bool ambiguous) {
    if (ambiguous) {
        return sql_error(sqlstate::ambiguous_function,
                         "operator is not unique: " + operator_signature(name, given))
            .with_hint(
                "Could not choose a best candidate operator. You might need to add explicit "
                "type casts.");
    }
    return sql_error(sqlstate::undefined_function,
                     "operator does not exist: " + operator_signature(name, given))
        .with_hint(given.size() == 2
                       ? "No operator matches the given name and argument types. You might need "
                         "to add explicit type casts."
                       : "No operator matches the given name and argument type. You might need to "
                         "add an explicit type cast.");
}

std::string collate_sql(oid type) {
    const auto* info = types::find_type(type);
    if (info == nullptr || info->collation.empty()) return {};
    return " COLLATE " + std::string(info->collation);
}

constexpr std::string_view binary = " COLLATE BINARY";

// A day, and when it begins, is the session's time zone's; what || makes text of prints by its
// settings.
bool is_mutable_operator(const resolved_operator& op) {
    if (op.entry == nullptr) return false;
    const bool has_zone = op.left == t::timestamptz, has_zone_too = op.right == t::timestamptz;
    if (op.result == t::bool_ && has_zone != has_zone_too) return true;
    if (op.result == t::timestamptz) return op.left == t::interval || op.right == t::interval;
    return op.result == t::text && op.entry->name == "||" &&
           (is_mutable_cast(op.left, t::text) || is_mutable_cast(op.right, t::text));
}

bool names_collation(std::string_view sql) {
    return sql.find(" COLLATE ") != std::string_view::npos;
}

}  // namespace

std::string collate_clause(oid type) { return collate_sql(type); }

std::string stray_clause(oid type, std::string_view sql) {
    return collate_sql(type).empty() && names_collation(sql) ? std::string(binary) : std::string();
}

std::string collate_clause(oid type, std::string_view sql) {
    return collate_sql(type) + stray_clause(type, sql);
}

std::string comparison_sql(const std::string& left, std::string_view op, const std::string& right,
                           oid type) {
    const auto own = collate_sql(type), middle = " " + std::string(op) + " ";
    if (!names_collation(left) && !names_collation(right)) {
        return "(" + left + middle + right + own + ")";
    }
    return "(" + left + (own.empty() ? std::string(binary) : own) + middle + right + ")";
}

result<resolved_operator> translator::resolve_operator(std::string_view name,
                                                       std::optional<oid> left, oid right,
                                                       int location) const {
    std::vector<oid> given;
    if (left) given.push_back(*left);
    given.push_back(right);

    std::vector<candidate> usable;
    for (const auto& c : candidates_of(name)) {
        if (c.arguments.size() == given.size()) usable.push_back(c);
    }
    // A bare string beside a known type is taken to be of that type when such an operator exists.
    auto assumed = given;
    if (given.size() == 2 && (given[0] == t::unknown) != (given[1] == t::unknown)) {
        const oid known = given[0] == t::unknown ? given[1] : given[0];
        assumed = {known, known};
    }
    choice chosen;
    for (std::size_t i = 0; i < usable.size(); ++i) {
        if (usable[i].arguments == assumed) chosen.best = i;
    }
    if (!chosen.best) chosen = choose(usable, given);
    if (!chosen.best) return at(no_operator(name, given, chosen.ambiguous), location);
    const auto& winner = usable[*chosen.best];
    auto concrete = resolve_polymorphic(winner, given);
    if (!concrete) return at(no_operator(name, given, false), location);
    return resolved_operator{.left = left ? concrete->arguments.front() : 0,
                             .right = concrete->arguments.back(),
                             .result = concrete->result,
                             .entry = winner.op};
}

result<expr> translator::apply_resolved(std::string_view name, const resolved_operator& op,
                                        std::optional<expr> left, expr right, int location) {
    expr out;
    std::vector<std::string> arguments;
    std::vector<oid> given;
    if (left) {
        auto coerced = coerce(std::move(*left), {.id = op.left}, coercion::implicit);
        if (!coerced) return coerced.error();
        absorb(out, *coerced);
        // SQLite's parser keeps a bracket of a || b || c || ... on its stack for each of them.
        if (coerced->is_chain && op.entry != nullptr && op.entry->sqlite == concatenation) {
            coerced->sql = coerced->sql.substr(1, coerced->sql.size() - 2);
        }
        arguments.push_back(std::move(coerced->sql));
        given.push_back(op.left);
    } else {
        arguments.emplace_back();  // templates of prefix operators use %2
        given.push_back(0);
    }
    auto coerced = coerce(std::move(right), {.id = op.right}, coercion::implicit);
    if (!coerced) return coerced.error();
    absorb(out, *coerced);
    arguments.push_back(std::move(coerced->sql));
    given.push_back(op.right);

    out.type = {.id = op.result};
    out.location = location;
    out.is_mutable |= is_mutable_operator(op);
    if (op.entry != nullptr) {
        out.sql = fill_template(op.entry->sqlite, arguments, given, op.result);
        out.is_chain = op.entry->sqlite == concatenation;
    } else {
        out.sql = comparison_sql(arguments[0], name == "!=" ? "<>" : name, arguments[1], op.left);
    }
    return out;
}

result<expr> translator::apply_operator(std::string_view name, std::optional<expr> left, expr right,
                                        int location) {
    if ((left && left->is_row) || right.is_row) {
        return compare_rows(name, left ? std::move(*left) : expr{}, std::move(right), location);
    }
    std::optional<oid> left_type;
    if (left) left_type = left->type.id;
    auto op = resolve_operator(name, left_type, right.type.id, location);
    if (!op) return op.error();
    return apply_resolved(name, *op, std::move(left), std::move(right), location);
}

bool resolved_operator::is_infix() const {
    return entry == nullptr || entry->sqlite == "(%1 = %2)";
}

}  // namespace historyd::sql
