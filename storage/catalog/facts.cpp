#include "storage/catalog/facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

namespace historyd::catalog {

extern const std::string_view relations_tsv, pg_type_tsv, pg_am_tsv, pg_language_tsv, pg_range_tsv,
    pg_cast_tsv, pg_collation_tsv, pg_tablespace_tsv, pg_opclass_tsv, pg_opfamily_tsv,
    pg_operator_tsv, pg_proc_tsv, pg_amop_tsv, pg_amproc_tsv;

namespace {

using type_map = std::unordered_map<oid, type_fact>;

// Fields of pg_type's facts in column order; those not named are skipped.
type_fact read_type(std::string_view line) {
    std::array<std::string_view, 29> f;
    for (auto& field : f) field = take_field(line);
    return {.id = number_of<oid>(f[0]),
            .name = f[1],
            .namespace_id = number_of<oid>(f[2]),
            .length = number_of<std::int16_t>(f[4]),
            .by_value = f[5] == "t",
            .kind = f[6].front(),
            .element = number_of<oid>(f[13]),
            .array = number_of<oid>(f[14]),
            .alignment = f[22].front(),
            .storage = f[23].front(),
            .base = number_of<oid>(f[25]),
            .typmod = number_of<std::int32_t>(f[26]),
            .collation = number_of<oid>(f[28])};
}

const type_map& types_by_id() {
    static const type_map map = [] {
        type_map types;
        for (auto text = pg_type_tsv; !text.empty();) {
            auto fact = read_type(take_line(text));
            types.emplace(fact.id, fact);
        }
        return types;
    }();
    return map;
}

// Values of a domain are sent as its base type (RowDescription's types are never domains).
schema::type_ref base_of(schema::type_ref type) {
    const auto* fact = find_type_fact(type.id);
    if (fact == nullptr || fact->kind != 'd') return type;
    return base_of({fact->base, fact->typmod});
}

std::string sqlite_name_of(oid namespace_id, std::string_view name) {
    return (namespace_id == schema::pg_catalog_oid ? "pg_catalog_" : "information_schema_") +
           std::string(name);
}

std::vector<relation_fact> read_relations() {
    std::vector<relation_fact> facts;
    for (auto text = relations_tsv; !text.empty();) {
        auto line = take_line(text);
        auto relation = std::make_shared<schema::relation>();
        relation_fact fact;
        relation->id = number_of<oid>(take_field(line));
        relation->namespace_id = number_of<oid>(take_field(line));
        fact.kind = take_field(line).front();
        fact.row_type = number_of<oid>(take_field(line));
        relation->name = take_field(line);
        relation->kind = static_cast<schema::relation_kind>(fact.kind);
        relation->is_catalog = true;
        relation->sqlite_name = sqlite_name_of(relation->namespace_id, relation->name);
        while (text.starts_with('\t')) {
            auto columns = take_line(text);
            take_field(columns);
            schema::column column;
            column.name = take_field(columns);
            const auto type = number_of<oid>(take_field(columns));
            const auto typmod = number_of<std::int32_t>(take_field(columns));
            column.type = base_of({type, typmod});
            column.not_null = take_field(columns) == "t";
            column.attnum = static_cast<std::int16_t>(relation->columns.size() + 1);
            fact.declared_types.push_back({type, typmod});
            relation->columns.push_back(std::move(column));
        }
        relation->next_attnum = static_cast<std::int16_t>(relation->columns.size() + 1);
        fact.relation = std::move(relation);
        facts.push_back(std::move(fact));
    }
    std::ranges::sort(facts, {}, [](const auto& f) { return f.relation->id; });
    return facts;
}

}  // namespace

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return line;
}

std::string_view take_field(std::string_view& line) {
    const auto end = line.find('\t');
    const auto field = line.substr(0, end);
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
    return field;
}

template <class T>
T number_of(std::string_view field) {
    T number{};
    std::from_chars(field.data(), field.data() + field.size(), number);
    return number;
}
template std::uint32_t number_of(std::string_view);
template std::int16_t number_of(std::string_view);
template std::int32_t number_of(std::string_view);
template std::int64_t number_of(std::string_view);
template double number_of(std::string_view);

std::span<const relation_fact> relation_facts() {
    static const auto facts = read_relations();
    return facts;
}

const relation_fact* find_relation_fact(oid id) {
    const auto facts = relation_facts();
    const auto at =
        std::ranges::lower_bound(facts, id, {}, [](const auto& f) { return f.relation->id; });
    return at != facts.end() && at->relation->id == id ? &*at : nullptr;
}

const type_fact* find_type_fact(oid id) {
    const auto it = types_by_id().find(id);
    return it == types_by_id().end() ? nullptr : &it->second;
}

const type_fact* find_type_fact(oid namespace_id, std::string_view name) {
    static const auto by_name = [] {
        std::unordered_map<std::string_view, std::vector<const type_fact*>> map;
        for (const auto& [id, fact] : types_by_id()) map[fact.name].push_back(&fact);
        return map;
    }();
    const auto it = by_name.find(name);
    if (it == by_name.end()) return nullptr;
    const auto at = std::ranges::find(it->second, namespace_id, &type_fact::namespace_id);
    return at == it->second.end() ? nullptr : *at;
}

std::string_view facts_of(std::string_view relation_name) {
    const std::array<std::pair<std::string_view, std::string_view>, 13> files{{
        {"pg_type", pg_type_tsv},
        {"pg_am", pg_am_tsv},
        {"pg_language", pg_language_tsv},
        {"pg_range", pg_range_tsv},
        {"pg_cast", pg_cast_tsv},
        {"pg_collation", pg_collation_tsv},
        {"pg_tablespace", pg_tablespace_tsv},
        {"pg_opclass", pg_opclass_tsv},
        {"pg_opfamily", pg_opfamily_tsv},
        {"pg_amop", pg_amop_tsv},
        {"pg_amproc", pg_amproc_tsv},
        {"pg_operator", pg_operator_tsv},
        {"pg_proc", pg_proc_tsv},
    }};
    const auto at = std::ranges::find(files, relation_name,
                                      &std::pair<std::string_view, std::string_view>::first);
    return at == files.end() ? std::string_view() : at->second;
}

}  // namespace historyd::catalog
