#include "storage/catalog/name_scope.hpp"

#include <algorithm>
#include <charconv>

#include "storage/settings/value_check.hpp"
#include "storage/sql/deparse/identifier.hpp"

namespace historyd::catalog {

namespace {

std::vector<std::string> path_names(const sqlite::statement_context& context) {
    if (context.settings) {
        if (const auto it = context.settings->find("search_path"); it != context.settings->end()) {
            if (auto names = settings::split_identifiers(it->second)) return std::move(*names);
        }
    }
    return {"public"};
}

std::string joined(std::string_view schema_name, std::string_view name) {
    return sql::quote_identifier(schema_name) + "." + sql::quote_identifier(name);
}

sql_error invalid_name() { return {sqlstate::invalid_name, "invalid name syntax"}; }

}  // namespace

name_scope::name_scope(const sqlite::statement_context& context) : schema_(*context.schema) {
    for (auto name : path_names(context)) {
        if (name == "$user") name = context.user;
        const auto* found = schema_.find_namespace(name);
        if (found != nullptr && std::ranges::find(path_, found->id) == path_.end()) {
            path_.push_back(found->id);
        }
    }
    if (std::ranges::find(path_, schema::pg_catalog_oid) == path_.end()) {
        path_.insert(path_.begin(), schema::pg_catalog_oid);
    }
}

std::optional<name_scope::object> name_scope::find_class(oid id) const {
    if (const auto* r = schema_.find_relation(id)) return object{r->id, r->namespace_id, r->name};
    if (const auto* s = schema_.find_sequence(id)) return object{s->id, s->namespace_id, s->name};
    if (const auto* fact = find_relation_fact(id)) {
        return object{id, fact->relation->namespace_id, fact->relation->name};
    }
    for (const auto& r : schema_.relations) {
        for (const auto& index : r->indexes) {
            if (index.id == id) return object{id, r->namespace_id, index.name};
        }
    }
    return std::nullopt;
}

std::optional<name_scope::object> name_scope::find_class(oid namespace_id,
                                                         std::string_view name) const {
    const auto* space = schema_.find_namespace(namespace_id);
    if (space == nullptr) return std::nullopt;
    if (const auto* r = schema_.find_relation(space->name, name)) {
        return object{r->id, namespace_id, r->name};
    }
    if (const auto* s = schema_.find_sequence(space->name, name)) {
        return object{s->id, namespace_id, s->name};
    }
    if (const auto [table, index] = schema_.find_index(space->name, name); index != nullptr) {
        return object{index->id, namespace_id, index->name};
    }
    return std::nullopt;
}

bool name_scope::is_visible(const object& o) const {
    for (const auto space : path_) {
        if (space == o.namespace_id) return true;
        if (find_class(space, o.name)) return false;
    }
    return false;
}

bool name_scope::is_type_visible(const type_fact& type) const {
    for (const auto space : path_) {
        if (space == type.namespace_id) return true;
        if (find_type_fact(space, type.name) != nullptr) return false;
    }
    return false;
}

std::string name_scope::class_name(const object& o) const {
    return is_visible(o) ? sql::quote_identifier(o.name) : qualified_name(o);
}

std::string name_scope::qualified_name(const object& o) const {
    return joined(namespace_name(o.namespace_id), o.name);
}

std::string name_scope::namespace_name(oid id) const {
    const auto* space = schema_.find_namespace(id);
    if (space != nullptr) return space->name;
    if (id == schema::pg_catalog_oid) return "pg_catalog";
    return id == schema::information_schema_oid ? "information_schema" : std::to_string(id);
}

result<oid> name_scope::class_oid(std::string_view text) const {
    if (const auto number = numeric_oid(text)) return *number;
    const auto parts = split_dotted(text);
    if (!parts) return parts.error();
    const auto missing = [](std::string_view name) {
        return sql_error(sqlstate::undefined_table,
                         "relation \"" + std::string(name) + "\" does not exist");
    };
    if (parts->size() == 1) {
        for (const auto space : path_) {
            if (const auto found = find_class(space, parts->front())) return found->id;
        }
        return missing(parts->front());
    }
    const auto& name = parts->back();
    const auto& space_name = (*parts)[parts->size() - 2];
    if (const auto* space = schema_.find_namespace(space_name)) {
        if (const auto found = find_class(space->id, name)) return found->id;
    }
    return missing(space_name + "." + name);
}

result<oid> name_scope::namespace_oid(std::string_view text) const {
    if (const auto number = numeric_oid(text)) return *number;
    const auto parts = split_dotted(text);
    if (!parts || parts->size() != 1) return parts ? invalid_name() : parts.error();
    if (const auto* space = schema_.find_namespace(parts->front())) return space->id;
    return sql_error(sqlstate::invalid_schema_name,
                     "schema \"" + parts->front() + "\" does not exist");
}

result<std::vector<std::string>> split_dotted(std::string_view text) {
    std::vector<std::string> parts;
    text = settings::trimmed(text);
    for (;;) {
        std::string part;
        if (text.starts_with('"')) {
            text.remove_prefix(1);
            for (;;) {
                const auto quote = text.find('"');
                if (quote == std::string_view::npos) return invalid_name();
                part += text.substr(0, quote);
                text.remove_prefix(quote + 1);
                if (!text.starts_with('"')) break;
                part += '"';
                text.remove_prefix(1);
            }
        } else {
            const auto end = std::min(text.find_first_of(". \""), text.size());
            part = settings::lower(text.substr(0, end));
            text.remove_prefix(end);
        }
        if (part.empty()) return invalid_name();
        parts.push_back(std::move(part));
        text = settings::trimmed(text);
        if (text.empty()) return parts;
        if (text.front() != '.') return invalid_name();
        text = settings::trimmed(text.substr(1));
    }
}

std::optional<oid> numeric_oid(std::string_view text) {
    oid number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

}  // namespace historyd::catalog
