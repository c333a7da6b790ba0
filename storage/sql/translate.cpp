#include "storage/sql/translate.hpp"

#include "storage/sql/constant_settings.hpp"
#include "storage/sql/ddl/ddl.hpp"
#include "storage/sql/ddl/temporary.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/deparse/statement_text.hpp"
#include "storage/sql/dml/dml.hpp"
#include "storage/sql/dml/writing_with.hpp"
#include "storage/sql/is_brief.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

namespace {

result<std::shared_ptr<plan>> select_plan(translator& t, const PgQuery__SelectStmt& node) {
    auto q = t.select(node, nullptr, {});
    if (!q) return q.error();
    auto out = std::make_shared<plan>();
    out->command = command::select;
    out->tag = "SELECT";
    out->sql = std::move(q->sql);
    out->columns = std::move(q->columns);
    out->returns_rows = true;
    return out;
}

result<std::shared_ptr<plan>> dispatch(translator& t, const PgQuery__Node& node) {
    // SELECT INTO makes a table: it is a definition.
    if (node.node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
        node.select_stmt->into_clause == nullptr) {
        return select_plan(t, *node.select_stmt);
    }
    auto change = translate_change(t, node);
    if (!change || *change != nullptr) return change;
    auto definition = translate_definition(t, node);
    if (!definition || *definition != nullptr) return definition;
    return unsupported("this statement is not supported");
}

result<std::shared_ptr<plan>> statement_plan(translator& t, const PgQuery__Node& node) {
    writing_with with(t);
    if (auto read = with.read_items(node); !read) return read.error();
    auto out = dispatch(t, node);
    if (!out) return out;
    if (auto arranged = with.arrange(node, **out); !arranged) return arranged.error();
    return out;
}

result<plan_ptr> plan_of(const raw_statement& statement, const translate_input& input) {
    std::optional<translator> made(std::in_place, statement, input);
    auto translated = statement_plan(*made, *statement.node);
    if (!translated && made->wants_parts) {
        made.emplace(statement, input);
        made->wants_parts = true;
        translated = statement_plan(*made, *statement.node);
    }
    if (!translated) return translated.error();
    const auto& t = *made;
    auto parameters = t.parameters();
    if (!parameters) return parameters.error();
    auto& out = **translated;
    if (!out.steps.empty()) {
        if (auto text = repeatable_text(*statement.node)) out.repeatable_sql = std::move(*text);
        for (const auto& name : input.search_path) {
            if (name == input.temporary_schema) continue;
            out.search_path += (out.search_path.empty() ? "" : ", ") + quote_identifier(name);
        }
        out.constant_settings = constant_settings(*input.io);
    }
    out.parameters = std::move(*parameters);
    out.schema_epoch = input.schema.epoch;
    out.reads.assign(t.reads.begin(), t.reads.end());
    out.cacheable = out.cacheable && t.cacheable;
    out.locking = out.locking || t.locking;
    if (out.locked_at_once.empty()) out.locked_at_once = t.locked_at_once;
    out.moves_sequences = out.moves_sequences || t.moves_sequences;
    out.has_side_effects = out.has_side_effects || t.has_side_effects;
    out.shows_session = out.shows_session || t.shows_session;
    out.brief = out.is_select() && is_brief(*statement.node, input.schema, out.reads);
    out.notices.insert(out.notices.end(), t.notices.begin(), t.notices.end());
    return plan_ptr(std::move(*translated));
}

}  // namespace

translate_input translate_input::seeing(const schema::schema& other) const {
    return {.schema = other,
            .io = io,
            .stored_io = stored_io,
            .search_path = search_path,
            .temporary_schema = temporary_schema,
            .temporary_schema_is_new = temporary_schema_is_new,
            .parameter_types = parameter_types,
            .parameters_fixed = parameters_fixed,
            .user = user,
            .database = database};
}

result<plan_ptr> translate(const raw_statement& statement, const translate_input& input) {
    if (statement.node == nullptr) return unsupported("this statement is not supported");
    const auto own = with_temporary_schema(statement, input);
    if (!own) return plan_of(statement, input);
    auto seen = input.seeing(*own);
    seen.temporary_schema_is_new = own->namespaces.size() > input.schema.namespaces.size();
    return plan_of(statement, seen);
}

}  // namespace historyd::sql
