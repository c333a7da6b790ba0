#include <algorithm>

#include "storage/sql/dml/changes.hpp"

namespace historyd::sql {

namespace {

struct table_reference {
    const schema::relation* from = nullptr;
    const schema::relation* to = nullptr;
};

// A foreign key of a table outside `tables` that points into it.
std::optional<table_reference> referenced_from_outside(
    const schema::schema& s, const std::vector<const schema::relation*>& tables) {
    const auto inside = [&](oid id) {
        return std::ranges::any_of(tables, [&](const auto* r) { return r->id == id; });
    };
    for (const auto& r : s.relations) {
        if (inside(r->id)) continue;
        for (const auto& c : r->constraints) {
            if (c.kind == schema::constraint_kind::foreign_key && inside(c.foreign_relation)) {
                return table_reference{r.get(), s.find_relation(c.foreign_relation)};
            }
        }
    }
    return std::nullopt;
}

sql_error still_referenced(const table_reference& found) {
    sql_error error(sqlstate::feature_not_supported,
                    "cannot truncate a table referenced in a foreign key constraint");
    error.detail = "Table \"" + found.from->name + "\" references \"" + found.to->name + "\".";
    error.hint = "Truncate table \"" + found.from->name +
                 "\" at the same time, or use TRUNCATE ... CASCADE.";
    return error;
}

}  // namespace

result<std::shared_ptr<plan>> truncate_tables(translator& t, const PgQuery__TruncateStmt& node) {
    const auto& s = t.schema();
    std::vector<const schema::relation*> tables;
    for (const auto* item : list_of(node.n_relations, node.relations)) {
        auto found = t.find_relation(item->range_var);
        if (!found) {
            auto error = found.error();
            error.position = 0;  // PostgreSQL gives none here
            return error;
        }
        const auto& r = **found;
        if (r.is_catalog) {
            return sql_error(sqlstate::insufficient_privilege,
                             "permission denied: \"" + r.name + "\" is a system catalog");
        }
        if (r.kind != schema::relation_kind::table) {
            return sql_error(sqlstate::wrong_object_type, "\"" + r.name + "\" is not a table");
        }
        if (std::ranges::find(tables, &r) == tables.end()) tables.push_back(&r);
    }
    auto out = std::make_shared<plan>();
    while (auto found = referenced_from_outside(s, tables)) {
        if (node.behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) return still_referenced(*found);
        tables.push_back(found->from);
        out->notices.push_back(sql_error(sqlstate::successful_completion,
                                         "truncate cascades to table \"" + found->from->name + "\"")
                                   .with_severity(severity::notice));
    }
    const auto is_temporary = [&](const auto* r) { return s.is_temporary(r->namespace_id); };
    out->temporary = std::ranges::all_of(tables, is_temporary);
    if (!out->temporary && std::ranges::any_of(tables, is_temporary)) {
        return unsupported("TRUNCATE of temporary and other tables at once",
                           "Use a statement for each.");
    }
    for (const auto* r : tables) {
        out->steps.push_back({"DELETE FROM " + translator::relation_sql(*r), {}});
        if (!node.restart_seqs) continue;
        for (const auto& q : s.sequences) {
            if (q.owner_relation != r->id) continue;
            out->steps.push_back(
                {"SELECT pg_setval(?1, ?2, 0)", {static_cast<std::int64_t>(q.id), q.start}});
        }
    }
    out->command = command::truncate;
    out->tag = "TRUNCATE TABLE";
    out->tag_has_count = false;
    out->schema_epoch = s.epoch;
    return out;
}

}  // namespace historyd::sql
