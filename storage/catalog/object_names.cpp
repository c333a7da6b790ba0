#include "storage/catalog/object_names.hpp"

#include <algorithm>

#include "storage/catalog/name_scope.hpp"
#include "storage/catalog/proc_facts.hpp"
#include "storage/catalog/role.hpp"
#include "storage/settings/value_check.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::catalog {

namespace {

namespace t = types::type_oid;

class schema_names : public types::object_names {
public:
    schema_names(schema::schema_ptr schema, const std::vector<std::string>& search_path,
                 std::string user)
        : schema_(std::move(schema)),
          user_(std::move(user)),
          scope_(*schema_, search_path, user_) {}

    std::optional<oid> find(oid reg_type, std::string_view name) const override {
        if (name == "-") return oid{0};
        switch (reg_type) {
            case t::regclass:
                return found(scope_.class_oid(name));
            case t::regtype:
                return type_oid(name);
            case t::regnamespace:
                return found(scope_.namespace_oid(name));
            case t::regproc:
                return find_proc(name);
            case t::regprocedure:
                return find_procedure(name);
            case t::regrole:
                return find_role(name);
            default:
                return std::nullopt;
        }
    }

    std::optional<std::string> name(oid reg_type, oid object) const override {
        if (object == 0) return "-";
        switch (reg_type) {
            case t::regclass: {
                const auto found = scope_.find_class(object);
                return found ? std::optional(scope_.class_name(*found)) : std::nullopt;
            }
            case t::regtype:
                return scope_.type_name(object);
            case t::regnamespace: {
                const auto* space = schema_->find_namespace(object);
                return space != nullptr ? std::optional(sql::quote_identifier(space->name))
                                        : std::nullopt;
            }
            case t::regproc:
            case t::regprocedure:
                return proc_name(object, reg_type == t::regprocedure);
            case t::regrole:
                return role_name(object);
            default:
                return std::nullopt;
        }
    }

private:
    static std::optional<oid> found(const result<oid>& looked_up) {
        return looked_up ? std::optional(*looked_up) : std::nullopt;
    }

    std::optional<oid> find_role(std::string_view name) const {
        if (name == sql::quote_identifier(user_) || name == user_) return owner_oid;
        const auto roles = predefined_roles();
        const auto role = std::ranges::find(roles, name, &predefined_role::name);
        return role == roles.end() ? std::nullopt : std::optional(role->id);
    }

    std::optional<std::string> role_name(oid id) const {
        const auto name = catalog::role_name(id, user_);
        return name ? std::optional(sql::quote_identifier(*name)) : std::nullopt;
    }

    // A function's name without the schema it may have: all are in pg_catalog.
    static std::optional<std::string> plain_name(std::string_view text) {
        const auto parts = split_dotted(text);
        if (!parts || parts->size() > 2) return std::nullopt;
        if (parts->size() == 2 && parts->front() != "pg_catalog") return std::nullopt;
        return parts->back();
    }

    static std::optional<oid> find_proc(std::string_view text) {
        if (const auto number = numeric_oid(text)) return number;
        const auto name = plain_name(text);
        if (!name) return std::nullopt;
        const auto procs = find_proc_facts(*name);
        return procs.size() == 1 ? std::optional(procs.front()->id) : std::nullopt;
    }

    // "lower(text)"
    std::optional<oid> find_procedure(std::string_view text) const {
        if (const auto number = numeric_oid(text)) return number;
        const auto open = text.find('(');
        if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
        const auto name = plain_name(text.substr(0, open));
        if (!name) return std::nullopt;
        std::vector<oid> arguments;
        auto list = text.substr(open + 1, text.size() - open - 2);
        while (!types::trim_blanks(list).empty()) {
            const auto comma = list.find(',');
            const auto type = type_oid(types::trim_blanks(list.substr(0, comma)));
            if (!type) return std::nullopt;
            arguments.push_back(*type);
            list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        }
        for (const auto* proc : find_proc_facts(*name)) {
            if (proc->arguments == arguments) return proc->id;
        }
        return std::nullopt;
    }

    // A modifier, as in varchar(20), is read over: it is not part of the type.
    std::optional<oid> type_oid(std::string_view text) const {
        if (const auto number = numeric_oid(text)) return number;
        auto name = settings::lower(types::trim_blanks(text));
        const auto open = name.find('(');
        const auto close = name.find(')', std::min(open, name.size()));
        if (close != std::string::npos) name.erase(open, close - open + 1);
        if (name.starts_with("pg_catalog.")) name.erase(0, name.find('.') + 1);
        if (const auto* type = types::find_type(name)) return type->id;
        if (name.ends_with("[]")) {
            const auto* element =
                types::find_type(std::string_view(name).substr(0, name.size() - 2));
            if (element != nullptr && element->array != 0) return element->array;
        }
        return scope_.type_oid(text);
    }

    std::optional<std::string> proc_name(oid id, bool with_arguments) const {
        const auto* proc = find_proc_fact(id);
        if (proc == nullptr) return std::nullopt;
        if (!with_arguments) {
            // Qualified when the name alone would not lead back to it.
            const bool is_only = find_proc_facts(proc->name).size() == 1;
            return (is_only ? "" : "pg_catalog.") + sql::quote_identifier(proc->name);
        }
        std::string out = sql::quote_identifier(proc->name) + "(";
        for (const auto argument : proc->arguments) {
            if (out.back() != '(') out += ',';
            out += scope_.type_name(argument).value_or(std::to_string(argument));
        }
        return out + ")";
    }

    const schema::schema_ptr schema_;
    const std::string user_;
    const name_scope scope_;
};

}  // namespace

std::shared_ptr<const types::object_names> make_object_names(
    schema::schema_ptr schema, const std::vector<std::string>& search_path, std::string user) {
    return std::make_shared<schema_names>(std::move(schema), search_path, std::move(user));
}

}  // namespace historyd::catalog
