#include "storage/sql/translate/cast_rules.hpp"
#include "storage/sql/translate/select_parts.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

// Raises 2201W or 2201X for a negative count when the statement runs.
struct row_count {
    std::string_view construct, function;
};
constexpr row_count limit_count{"LIMIT", "pg_limit"}, offset_count{"OFFSET", "pg_offset"};

}  // namespace

result<void> translator::limit_clause(const PgQuery__SelectStmt& node, scope& s,
                                      select_parts& parts) {
    const auto read = [&](const PgQuery__Node* bound, const row_count& kind,
                          std::string& out) -> result<void> {
        if (bound == nullptr) return {};
        auto e = expression(bound, s, &kind == &limit_count ? clause::limit : clause::offset);
        if (!e) return e.error();
        for (const auto& use : e->columns) {
            if (use.entry->home != &s) continue;
            return at(sql_error(sqlstate::invalid_column_reference,
                                "argument of " + std::string(kind.construct) +
                                    " must not contain variables"),
                      use.location);
        }
        if (!can_coerce(e->type.id, t::int8, coercion::assignment)) {
            return at(sql_error(sqlstate::datatype_mismatch,
                                "argument of " + std::string(kind.construct) +
                                    " must be type bigint, not type " + type_display(e->type.id)),
                      e->location);
        }
        auto count = coerce(std::move(*e), {.id = t::int8}, coercion::assignment);
        if (!count) return count.error();
        s.outer_uses.insert(s.outer_uses.end(), count->columns.begin(), count->columns.end());
        if (count->is_null()) return {};
        if (!count->constant) {
            out = std::string(kind.function) + "(" + count->sql + ")";
            return {};
        }
        // A negative one fails when the statement runs, not when it is described.
        const bool negative = std::get<std::int64_t>(*count->constant) < 0;
        out = negative ? std::string(kind.function) + count->sql : count->sql;
        return {};
    };
    if (auto done = read(node.limit_count, limit_count, parts.limit); !done) return done;
    return read(node.limit_offset, offset_count, parts.offset);
}

}  // namespace historyd::sql
