#include "storage/catalog/name_scope.hpp"

#include <algorithm>
#include <charconv>

#include "storage/catalog/derived_oid.hpp"
#include "storage/settings/value_check.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::catalog {

namespace {

std::vector<std::string> path_names(const sqlite::statement_context& context) {
    if (context.settings) {
        if (const auto it = context.settings->find("search_path"); it != context.settings->end()) {
            if (auto names = settings::split_identifiers(it->second)) {
                return settings::searched_schemas(std::move(*names), context.temporary_schema);
            }
        }
    }
    return {"public"};
}

std::string joined(std::string_view schema_name, std::string_view name) {
    return sql::quote_identifier(schema_name) + "." + sql::quote_identifier(name);
}

sql_error invalid_name() { return {sqlstate::invalid_name, "invalid name syntax"}; }

sql_error unknown_schema(std::string_view name) {
    return {sqlstate::invalid_schema_name, "schema \"" + std::string(name) + "\" does not exist"};
}

}  // namespace

name_scope::name_scope(const sqlite::statement_context& context)
    : name_scope(*context.schema, path_names(context), context.user) {}

name_scope::name_scope(const schema::schema& schema, const std::vector<std::string>& search_path,
                       std::string_view user)
    : schema_(schema) {
    for (const auto& name : search_path) {
        const auto* found = schema_.find_namespace(name == "$user" ? user : name);
        if (found != nullptr && found->is_temporary()) temporary_ = name;
        if (found != nullptr && std::ranges::find(path_, found->id) == path_.end()) {
            path_.push_back(found->id);
        }
    }
    if (std::ranges::find(path_, schema::pg_catalog_oid) == path_.end()) {
        const bool temporary_first = !path_.empty() && schema_.is_temporary(path_.front());
        path_.insert(path_.begin() + (temporary_first ? 1 : 0), schema::pg_catalog_oid);
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
    if (parts->size() > 3) {
        return sql_error(sqlstate::syntax_error,
                         "improper relation name (too many dotted names): " + std::string(text));
    }
    if (parts->size() == 1) return class_oid({}, parts->front());
    return class_oid((*parts)[parts->size() - 2], parts->back());
}

result<oid> name_scope::class_oid(std::string_view space_name, std::string_view name) const {
    const auto missing = [](const std::string& called) {
        return sql_error(sqlstate::undefined_table, "relation \"" + called + "\" does not exist");
    };
    if (space_name.empty()) {
        for (const auto space : path_) {
            if (const auto found = find_class(space, name)) return found->id;
        }
        return missing(std::string(name));
    }
    const auto* space = find_namespace(space_name);
    if (space == nullptr) return unknown_schema(space_name);
    if (const auto found = find_class(space->id, name)) return found->id;
    return missing(std::string(space_name) + "." + std::string(name));
}

const schema::namespace_info* name_scope::find_namespace(std::string_view name) const {
    return schema_.find_namespace(name == "pg_temp" ? std::string_view(temporary_) : name);
}

result<std::vector<name_scope::table_constraint>> name_scope::constraints(
    std::string_view space_name, std::string_view name) const {
    auto spaces = path_;
    if (!space_name.empty()) {
        const auto* space = find_namespace(space_name);
        if (space == nullptr) return unknown_schema(space_name);
        spaces = {space->id};
    }
    std::vector<table_constraint> found;
    for (const auto space : spaces) {
        for (const auto& r : schema_.relations) {
            if (r->namespace_id != space) continue;
            for (const auto& c : r->constraints) {
                if (c.name == name) found.emplace_back(r.get(), &c);
            }
        }
        if (!found.empty()) return found;
    }
    return sql_error(sqlstate::undefined_object,
                     "constraint \"" + std::string(name) + "\" does not exist");
}

const schema::relation* name_scope::row_type_relation(oid type) const {
    const auto is_of = [type](const auto& r) {
        return !r->is_catalog && (row_type_oid(r->id) == type || row_array_oid(r->id) == type);
    };
    const auto at = std::ranges::find_if(schema_.relations, is_of);
    return at == schema_.relations.end() ? nullptr : at->get();
}

std::optional<oid> name_scope::type_oid(std::string_view text) const {
    const bool is_array = text.ends_with("[]");
    if (is_array) text.remove_suffix(2);
    const auto parts = split_dotted(text);
    if (!parts || parts->size() > 2) return std::nullopt;
    for (const auto space : path_) {
        if (parts->size() == 2 && namespace_name(space) != parts->front()) continue;
        if (const auto* fact = find_type_fact(space, parts->back())) {
            return is_array ? fact->array : fact->id;
        }
        const auto found = find_class(space, parts->back());
        if (found && schema_.find_relation(found->id) != nullptr) {
            return is_array ? row_array_oid(found->id) : row_type_oid(found->id);
        }
    }
    return std::nullopt;
}

std::optional<std::string> name_scope::type_name(oid id) const {
    if (types::find_type(id) != nullptr) return types::format_type({id, -1});
    if (const auto* fact = find_type_fact(id)) {
        if (fact->element != 0 && fact->length == -1) {
            auto element = type_name(fact->element);
            if (element) return *element + "[]";
        }
        const object as_named{id, fact->namespace_id, fact->name};
        return is_type_visible(*fact) ? sql::quote_identifier(fact->name)
                                      : qualified_name(as_named);
    }
    const auto* r = row_type_relation(id);
    if (r == nullptr) return std::nullopt;
    auto name = class_name({r->id, r->namespace_id, r->name});
    return id == row_array_oid(r->id) ? name + "[]" : name;
}

result<oid> name_scope::namespace_oid(std::string_view text) const {
    if (const auto number = numeric_oid(text)) return *number;
    const auto parts = split_dotted(text);
    if (!parts || parts->size() != 1) return parts ? invalid_name() : parts.error();
    if (const auto* space = schema_.find_namespace(parts->front())) return space->id;
    return unknown_schema(parts->front());
}

result<std::vector<std::string>> split_dotted(std::string_view text) {
    std::vector<std::string> parts;
    text = types::trim_blanks(text);
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
        text = types::trim_blanks(text);
        if (text.empty()) return parts;
        if (text.front() != '.') return invalid_name();
        text = types::trim_blanks(text.substr(1));
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
