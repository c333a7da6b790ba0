// pg_get_indexdef, pg_get_constraintdef, pg_get_viewdef, pg_get_expr, pg_get_serial_sequence and
// the functions that describe functions.

#include <algorithm>
#include <array>

#include "storage/catalog/definition_text.hpp"
#include "storage/catalog/functions/families.hpp"
#include "storage/catalog/object_names.hpp"
#include "storage/catalog/proc_facts.hpp"
#include "storage/sql/deparse/relation_names.hpp"

namespace historyd::catalog {

namespace {

layout layout_of(const function_call& c, int i) {
    return c.boolean(i) ? layout::pretty : layout::full;
}

// (index, column or 0 for all, pretty)
result<value> get_indexdef(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto id = oid_argument(c, 0);
    const auto how = layout_of(c, 2);
    for (const auto& r : scope->schema().relations) {
        const auto index = std::ranges::find(r->indexes, id, &schema::index::id);
        if (index == r->indexes.end()) continue;
        if (const auto position = c.integer(1); position != 0) {
            if (position < 0 || static_cast<std::size_t>(position) > index->keys.size()) {
                return value(std::string());
            }
            const auto& key = index->keys[static_cast<std::size_t>(position - 1)];
            return value(index_key_text(*r, key, how));
        }
        const name_scope::object table{r->id, r->namespace_id, r->name};
        // The plain form is meant to be run anywhere, so it names the schema.
        return value(index_definition(
            *r, *index,
            how == layout::pretty ? scope->class_name(table) : scope->qualified_name(table), how));
    }
    return null();
}

// (constraint, pretty)
result<value> get_constraintdef(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto id = oid_argument(c, 0);
    for (const auto& r : scope->schema().relations) {
        const auto at = std::ranges::find(r->constraints, id, &schema::constraint::id);
        if (at == r->constraints.end()) continue;
        const auto* foreign = scope->schema().find_relation(at->foreign_relation);
        const auto foreign_name =
            foreign != nullptr
                ? scope->class_name({foreign->id, foreign->namespace_id, foreign->name})
                : std::string();
        return value(constraint_definition(*r, *at, foreign, foreign_name, layout_of(c, 1)));
    }
    return null();
}

// A stored SELECT, whose names are those of public, with the names of the session's search path.
std::string as_called_here(const function_call& c, const std::string& text) {
    const auto& context = *c.session();
    const auto stored = make_object_names(context.schema, {"public"}, context.user);
    return sql::with_relation_names(text, stored, c.io().names);
}

// (view)
result<value> get_viewdef(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto id = class_argument(*scope, c, 0);
    if (!id) return id.error();
    const auto* view = scope->schema().find_relation(*id);
    if (view == nullptr || view->view_sql.empty()) return null();
    return value(as_called_here(c, view->view_sql) + ";");
}

// (expression, relation, pretty): what is stored is the text already, but for the names of
// relations.
result<value> get_expr(const function_call& c) {
    std::string text(c.text(0));
    if (text.find("::regclass") != std::string::npos && c.session() != nullptr) {
        constexpr std::string_view prefix = "SELECT ";
        text = as_called_here(c, std::string(prefix) + text).substr(prefix.size());
    }
    return value(c.boolean(2) ? pretty_expression(text) : std::move(text));
}

// (table, column)
result<value> get_serial_sequence(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto id = scope->class_oid(c.text(0));
    if (!id) return id.error();
    const auto* table = scope->schema().find_relation(*id);
    const auto* column = table != nullptr ? table->find_column(c.text(1)) : nullptr;
    if (column == nullptr) {
        return sql_error(sqlstate::undefined_column,
                         "column \"" + std::string(c.text(1)) + "\" of relation \"" +
                             (table != nullptr ? table->name : std::string(c.text(0))) +
                             "\" does not exist");
    }
    const auto* s = scope->schema().column_sequence(*id, column->attnum);
    if (s == nullptr) return null();
    return value(scope->qualified_name({s->id, s->namespace_id, s->name}));
}

result<value> get_function_arguments(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto* proc = find_proc_fact(oid_argument(c, 0));
    if (proc == nullptr) return null();
    std::string out;
    for (const auto argument : proc->arguments) {
        if (!out.empty()) out += ", ";
        out += scope->type_name(argument).value_or("???");
    }
    return value(std::move(out));
}

result<value> get_function_result(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    const auto* proc = find_proc_fact(oid_argument(c, 0));
    if (proc == nullptr || proc->kind == 'p') return null();
    return value((proc->returns_set ? "SETOF " : "") +
                 scope->type_name(proc->result).value_or("???"));
}

// What obj_description and col_description look up: (object, catalog or NULL, column).
std::string_view comment_of(const schema::schema& s, oid id, std::int64_t column) {
    for (const auto& r : s.relations) {
        if (r->id == id) {
            if (column == 0) return r->comment;
            const auto* found = r->find_column(static_cast<std::int16_t>(column));
            return found != nullptr ? std::string_view(found->comment) : std::string_view();
        }
        if (column != 0) continue;
        for (const auto& i : r->indexes) {
            if (i.id == id) return i.comment;
        }
        for (const auto& k : r->constraints) {
            if (k.id == id) return k.comment;
        }
    }
    if (const auto* sequence = s.find_sequence(id)) return sequence->comment;
    if (const auto* space = s.find_namespace(id)) return space->comment;
    return {};
}

// The catalog an object belongs to, where it is one that can have a comment.
std::string_view catalog_of(const schema::schema& s, oid id) {
    if (s.find_namespace(id) != nullptr) return "pg_namespace";
    for (const auto& r : s.relations) {
        if (std::ranges::find(r->constraints, id, &schema::constraint::id) !=
            r->constraints.end()) {
            return "pg_constraint";
        }
    }
    return "pg_class";
}

result<value> description(const function_call& c) {
    const auto scope = scope_of(c);
    if (!scope) return scope.error();
    if (c.is_null(0) || c.is_null(2)) return null();
    const auto id = oid_argument(c, 0);
    if (!c.is_null(1) && c.text(1) != catalog_of(scope->schema(), id)) return null();
    const auto text = comment_of(scope->schema(), id, c.integer(2));
    if (!text.empty()) return value(std::string(text));
    if (id == schema::public_oid && c.integer(2) == 0) {
        return value(std::string("standard public schema"));
    }
    return null();
}

}  // namespace

std::span<const sqlite::scalar_function> definition_functions() {
    static constexpr std::array functions{
        sqlite::strict<get_indexdef>("pg_get_indexdef", 3),
        sqlite::strict<get_constraintdef>("pg_get_constraintdef", 2),
        sqlite::strict<get_viewdef>("pg_get_viewdef", 1),
        sqlite::strict<get_expr>("pg_get_expr", 3),
        sqlite::strict<get_serial_sequence>("pg_get_serial_sequence", 2),
        sqlite::strict<get_function_arguments>("pg_get_function_arguments", 1),
        sqlite::strict<get_function_result>("pg_get_function_result", 1),
        sqlite::nullable<description>("pg_description_of", 3),
    };
    return functions;
}

}  // namespace historyd::catalog
