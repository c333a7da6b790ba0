#include "storage/catalog/catalog_rows.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "storage/types/pg_type.hpp"

namespace historyd::catalog {

namespace {

// A field of a facts file in the storage form of its column.
value read_fact(const schema::column& column, std::string_view field) {
    if (field == null_field) return std::monostate{};
    if (column.type.id == types::type_oid::bool_) return std::int64_t{field == "t"};
    const auto* type = types::find_type(column.type.id);
    if (type != nullptr && type->form == types::storage_form::integer) {
        return number_of<std::int64_t>(field);
    }
    if (type != nullptr && type->form == types::storage_form::real) {
        return number_of<double>(field);
    }
    return std::string(field);
}

void add_facts(row_set& rows) {
    const auto& relation = rows.relation();
    if (relation.namespace_id != schema::pg_catalog_oid) return;
    for (auto text = facts_of(relation.name); !text.empty();) {
        auto line = take_line(text);
        std::vector<value> row;
        row.reserve(relation.columns.size());
        for (const auto& column : relation.columns)
            row.push_back(read_fact(column, take_field(line)));
        rows.add(std::move(row));
    }
}

void fill(const relation_fact& fact, const row_source& from, row_set& rows) {
    const auto* table = find_catalog_table(fact.relation->sqlite_name);
    if (table != nullptr) table->fill(from, rows);
    rows.finish();
}

const std::vector<const schema::relation*>& catalog_relation_list() {
    static const auto list = [] {
        std::vector<const schema::relation*> relations;
        for (const auto& fact : relation_facts()) relations.push_back(fact.relation.get());
        return relations;
    }();
    return list;
}

std::shared_ptr<const row_set> make_rows(const relation_fact& fact,
                                         const sqlite::statement_context& context) {
    row_source from{.relations = {}, .schema = context.schema.get(), .context = &context};
    const bool shows_others = fact.relation->namespace_id == schema::pg_catalog_oid;
    for (const auto& relation : context.schema->relations) {
        if (relation->is_catalog) continue;
        if (!shows_others && from.is_of_others(relation->namespace_id)) continue;
        from.relations.push_back(relation.get());
    }
    auto rows = std::make_shared<row_set>(*fact.relation);
    fill(fact, from, *rows);
    return rows;
}

struct fixed_slot {
    std::once_flag made;
    std::unique_ptr<const row_set> rows;
};

}  // namespace

std::string_view row_source::space_name(oid id) const {
    if (id == schema::pg_catalog_oid) return "pg_catalog";
    if (id == schema::information_schema_oid) return "information_schema";
    const auto* space = is_fixed() ? nullptr : schema->find_namespace(id);
    return space != nullptr ? std::string_view(space->name) : std::string_view();
}

bool row_source::is_temporary(oid namespace_id) const {
    return !is_fixed() && schema->is_temporary(namespace_id);
}

bool row_source::is_of_others(oid namespace_id) const {
    return is_temporary(namespace_id) && space_name(namespace_id) != context->temporary_schema;
}

const row_set& fixed_rows(const relation_fact& fact) {
    static const auto slots = std::make_unique<fixed_slot[]>(relation_facts().size());
    auto& slot = slots[static_cast<std::size_t>(&fact - relation_facts().data())];
    std::call_once(slot.made, [&] {
        auto rows = std::make_unique<row_set>(*fact.relation);
        add_facts(*rows);
        fill(fact, {.relations = catalog_relation_list()}, *rows);
        slot.rows = std::move(rows);
    });
    return *slot.rows;
}

std::shared_ptr<const row_set> catalog_rows::rows(const relation_fact& fact,
                                                  const sqlite::statement_context* context) {
    const auto* table = find_catalog_table(fact.relation->sqlite_name);
    if (table == nullptr || context == nullptr || !context->schema) return nullptr;
    if (table->lifetime == lifetime::statement) return make_rows(fact, *context);
    if (schema_ != context->schema || temporary_schema_ != context->temporary_schema) {
        kept_.clear();
        schema_ = context->schema;
        temporary_schema_ = context->temporary_schema;
    }
    auto& kept = kept_[&fact];
    if (!kept) kept = make_rows(fact, *context);
    return kept;
}

const catalog_table* find_catalog_table(std::string_view sqlite_name) {
    static const auto by_name = [] {
        std::unordered_map<std::string_view, const catalog_table*> map;
        for (const auto& family :
             {relation_tables(), constraint_tables(), database_tables(), listing_tables(),
              session_tables(), statistics_tables(), information_schema_tables(),
              information_schema_constraint_tables()}) {
            for (const auto& table : family) map.emplace(table.name, &table);
        }
        return map;
    }();
    const auto it = by_name.find(sqlite_name);
    return it == by_name.end() ? nullptr : it->second;
}

}  // namespace historyd::catalog
