#include <algorithm>
#include <array>

#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/translator.hpp"
#include "storage/sql/type_name.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// Casts whose outcome depends on nothing but the value may be done now.
bool is_settled(oid type) {
    const char category = category_of(type);
    return category == 'N' || category == 'S' || category == 'B';
}

// Input that means another instant each time it is read.
bool names_the_clock(oid type, std::string_view text) {
    if (category_of(type) != 'D' && category_of(element_of(type)) != 'D') return false;
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    static constexpr std::array<std::string_view, 4> words = {"now", "today", "tomorrow",
                                                              "yesterday"};
    return std::ranges::any_of(words, [&](auto w) { return lower.find(w) != std::string::npos; });
}

bool takes_typmod(oid type) {
    const oid element = element_of(type);
    switch (element != 0 ? element : type) {
        case t::varchar:
        case t::bpchar:
        case t::numeric:
        case t::time:
        case t::timetz:
        case t::timestamp:
        case t::timestamptz:
        case t::interval:
            return true;
        default:
            return false;
    }
}

std::string cast_sql(const std::string& sql, oid from, type_ref to, coercion how) {
    return "pg_cast(" + sql + ", " + std::to_string(from) + ", " + std::to_string(to.id) + ", " +
           std::to_string(to.typmod) + ", " + (how == coercion::explicit_ ? "1" : "0") + ")";
}

}  // namespace

expr translator::constant(type_ref type, value v, int location) const {
    expr e;
    e.sql = literal_sql(v);
    e.type = type;
    e.location = location;
    e.not_null = !historyd::is_null(v);
    e.constant = std::move(v);
    return e;
}

bool translator::can_coerce(oid from, oid to, coercion how) const {
    if (from == to || to == t::any) return true;
    if (from == t::unknown) return true;
    switch (to) {
        case t::anyelement:
        case t::anycompatible:
            return true;
        case t::anynonarray:
            return element_of(from) == 0;
        case t::anyarray:
        case t::anycompatiblearray:
            return element_of(from) != 0;
        default:
            break;
    }
    if (is_pseudo(from) || is_pseudo(to)) return false;
    return find_cast(from, to, how) != cast_path::none;
}

result<expr> translator::coerce_literal(expr e, type_ref target, coercion how) {
    if (e.is_null()) return constant(target, std::monostate{}, e.location);
    const auto& text = std::get<std::string>(*e.constant);
    if (names_the_clock(target.id, text)) cacheable = false;
    // Only interval's input depends on the modifier; for the others a cast follows, which for
    // varchar(n) cuts where input would refuse.
    const std::int32_t read_as = target.id == t::interval ? target.typmod : -1;
    auto read = types::text_in({target.id, read_as}, text, *io_);
    if (!read) return at(read.error(), e.location);
    const auto* id = target.id == t::regclass ? std::get_if<std::int64_t>(&*read) : nullptr;
    if (id != nullptr && schema().find_sequence(static_cast<oid>(*id)) != nullptr) {
        sequences.insert(static_cast<oid>(*id));
    }
    if (target.typmod >= 0 && takes_typmod(target.id)) {
        auto fitted = types::apply_typmod(target, std::move(*read), how == coercion::explicit_);
        if (!fitted) return fitted.error();
        read = std::move(fitted);
    }
    return constant(target, std::move(*read), e.location);
}

result<expr> translator::coerce_parameter(expr e, type_ref target, coercion how) {
    auto& decided = parameters_[static_cast<std::size_t>(e.parameter) - 1];
    if (decided.id == t::unknown) {
        decided = {.id = target.id};
    } else if (decided.id != target.id) {
        return at(
            sql_error(sqlstate::ambiguous_parameter,
                      "inconsistent types deduced for parameter $" + std::to_string(e.parameter))
                .with_detail(type_display(decided.id) + " versus " + type_display(target.id)),
            e.location);
    }
    e.type = {.id = target.id};
    return coerce_typmod(std::move(e), target.typmod, how);
}

result<expr> translator::coerce_typmod(expr e, std::int32_t typmod, coercion how) {
    if (typmod < 0 || e.type.typmod == typmod || !takes_typmod(e.type.id)) {
        return e;
    }
    const type_ref target{e.type.id, typmod};
    if (e.constant && is_settled(target.id)) {
        if (auto fitted = types::apply_typmod(target, *e.constant, how == coercion::explicit_)) {
            return constant(target, std::move(*fitted), e.location);
        }
    }
    e.sql = cast_sql(e.sql, target.id, target, how);
    e.type = target;
    e.constant.reset();  // what does not fit fails when it is reached
    e.is_chain = false;
    forget_origin(e);
    return e;
}

result<expr> translator::coerce(expr e, type_ref target, coercion how) {
    if (e.is_row) return unsupported_at("values of type record", e.location);
    if (e.type.id == t::unknown && target.id != t::unknown) {
        if (e.parameter != 0) return coerce_parameter(std::move(e), target, how);
        if (e.constant) return coerce_literal(std::move(e), target, how);
        e.type.id = t::text;  // an expression of unknown type is the text it has
    }
    if (e.type.id == target.id) return coerce_typmod(std::move(e), target.typmod, how);

    const auto path = is_pseudo(e.type.id) || is_pseudo(target.id)
                          ? cast_path::none
                          : find_cast(e.type.id, target.id, how);
    if (path == cast_path::none) {
        return at(sql_error(sqlstate::cannot_coerce, "cannot cast type " + type_display(e.type.id) +
                                                         " to " + type_display(target.id)),
                  e.location);
    }
    if (e.constant && is_settled(e.type.id) && is_settled(target.id) && !is_reg(target.id)) {
        auto folded = types::cast(e.type, target, *e.constant, *io_, how == coercion::explicit_);
        // A cast that fails has to fail when it is reached, not before.
        if (folded) return constant(target, std::move(*folded), e.location);
    }
    e.is_mutable |= is_mutable_cast(e.type.id, target.id);
    switch (path) {
        case cast_path::same_form:
            break;
        case cast_path::to_real:
            e.sql = "CAST(" + e.sql + " AS REAL)";
            break;
        case cast_path::to_text:
            e.sql = "CAST(" + e.sql + " AS TEXT)";
            break;
        default:
            e.sql = cast_sql(e.sql, e.type.id, target, how);
            break;
    }
    const bool modified = path == cast_path::convert;
    e.type = {.id = target.id, .typmod = modified ? target.typmod : -1};
    if (path == cast_path::same_form) {
        e.table = 0;
        e.attnum = 0;
    } else {
        e.constant.reset();
        e.is_chain = false;
        forget_origin(e);
    }
    return modified ? e : coerce_typmod(std::move(e), target.typmod, how);
}

result<expr> translator::coerce_for_column(expr e, const schema::column& column) {
    const auto location = e.location;
    const auto from = e.is_row ? t::record : e.type.id;
    if (e.is_row || !can_coerce(from, column.type.id, coercion::assignment)) {
        return at(
            sql_error(sqlstate::datatype_mismatch,
                      "column \"" + column.name + "\" is of type " + type_display(column.type.id) +
                          " but expression is of type " + type_display(from))
                .with_hint("You will need to rewrite or cast the expression."),
            location);
    }
    return coerce(std::move(e), column.type, coercion::assignment);
}

result<expr> translator::settle_unknown(expr e) {
    if (e.type.id != t::unknown || e.is_row) return e;
    return coerce(std::move(e), {.id = t::text}, coercion::implicit);
}

result<oid> translator::common_type(std::span<const expr* const> branches,
                                    std::string_view construct) const {
    oid best = branches.front()->type.id;
    for (const auto* branch : branches.subspan(1)) {
        const oid next = branch->type.id;
        if (next == t::unknown || next == best) continue;
        if (best == t::unknown) {
            best = next;
            continue;
        }
        if (category_of(best) != category_of(next)) {
            return at(sql_error(sqlstate::datatype_mismatch,
                                std::string(construct) + " types " + type_display(best) + " and " +
                                    type_display(next) + " cannot be matched"),
                      branch->location);
        }
        if (!is_preferred(best) && can_coerce(best, next, coercion::implicit) &&
            !can_coerce(next, best, coercion::implicit)) {
            best = next;
        }
    }
    return best == t::unknown ? oid{t::text} : best;
}

result<expr> translator::coerce_to_common(expr e, type_ref target, std::string_view construct) {
    if (!can_coerce(e.type.id, target.id, coercion::implicit)) {
        return at(sql_error(sqlstate::cannot_coerce,
                            std::string(construct) + " could not convert type " +
                                type_display(e.type.id) + " to " + type_display(target.id)),
                  e.location);
    }
    return coerce(std::move(e), target, coercion::implicit);
}

std::int32_t translator::common_typmod(std::span<const expr* const> branches, oid common) {
    std::int32_t typmod = -2;
    for (const auto* branch : branches) {
        if (branch->type.id != common) return -1;
        if (typmod == -2) typmod = branch->type.typmod;
        if (branch->type.typmod != typmod) return -1;
    }
    return typmod == -2 ? -1 : typmod;
}

result<oid> translator::unify(std::vector<expr*> branches, std::string_view construct) {
    std::vector<const expr*> views(branches.begin(), branches.end());
    for (const auto* branch : views) {
        if (branch->is_row) return unsupported_at("values of type record", branch->location);
    }
    auto common = common_type(views, construct);
    if (!common) return common.error();
    for (auto* branch : branches) {
        auto coerced = coerce_to_common(std::move(*branch), {.id = *common}, construct);
        if (!coerced) return coerced.error();
        *branch = std::move(*coerced);
    }
    return *common;
}

result<type_ref> translator::type_of(const PgQuery__TypeName* name) const {
    return resolve_type_name(statement_, *name);
}

void translator::forget_origin(expr& e) {
    e.table = 0;
    e.attnum = 0;
    e.parameter = 0;
}

}  // namespace historyd::sql
