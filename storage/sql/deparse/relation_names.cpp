#include "storage/sql/deparse/relation_names.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "storage/base/quoted.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/nodes.hpp"
#include "storage/sql/parse.hpp"
#include "storage/sql/scan.hpp"
#include "storage/sql/tree_walk.hpp"

namespace historyd::sql {

namespace {

namespace t = types::type_oid;

// One place of a text that names a relation.
struct mention {
    std::size_t start, end;
    types::oid id;
    bool is_constant;
};

class mention_finder {
public:
    mention_finder(const types::object_names& names, const PgQuery__ScanResult& tokens)
        : names_(names), tokens_(tokens) {}

    // `hidden`: the WITH items that stand before tables of the same name.
    void walk(const ProtobufCMessage& m, const std::vector<std::string_view>& hidden) {
        if (m.descriptor == &pg_query__select_stmt__descriptor) {
            const auto& select = reinterpret_cast<const PgQuery__SelectStmt&>(m);
            if (select.with_clause != nullptr) return walk_with(select, hidden);
        }
        if (m.descriptor == &pg_query__range_var__descriptor) {
            range(reinterpret_cast<const PgQuery__RangeVar&>(m), hidden);
        }
        if (m.descriptor == &pg_query__type_cast__descriptor) {
            constant(reinterpret_cast<const PgQuery__TypeCast&>(m));
        }
        for_each_child(m, [&](const ProtobufCMessage& child) { walk(child, hidden); });
    }

    // In the order of the text.
    std::vector<mention> found() && {
        std::ranges::sort(found_, {}, &mention::start);
        return std::move(found_);
    }

private:
    // An item of WITH sees those before it, of WITH RECURSIVE all.
    void walk_with(const PgQuery__SelectStmt& select, std::vector<std::string_view> hidden) {
        const auto& with = *select.with_clause;
        const auto items = list_of(with.n_ctes, with.ctes);
        if (with.recursive) {
            for (const auto* item : items) hidden.emplace_back(item->common_table_expr->ctename);
        }
        for (const auto* item : items) {
            walk(item->base, hidden);
            hidden.emplace_back(item->common_table_expr->ctename);
        }
        for_each_child(select.base, [&](const ProtobufCMessage& child) {
            if (&child != &with.base) walk(child, hidden);
        });
    }

    void range(const PgQuery__RangeVar& table, const std::vector<std::string_view>& hidden) {
        const std::string_view space = table.schemaname, name = table.relname;
        // A table of this name has its schema already, and needs it.
        if (std::ranges::find(hidden, name) != hidden.end()) return;
        if (*table.catalogname != '\0') return;
        auto text = quote_identifier(name);
        if (!space.empty()) text = quote_identifier(space) + "." + text;
        add(text, table.location, space.empty() ? 1 : 3, false);
    }

    void constant(const PgQuery__TypeCast& cast) {
        const auto& names = *cast.type_name;
        if (qualified_name_of(list_of(names.n_names, names.names)).name != "regclass" ||
            cast.arg->node_case != PG_QUERY__NODE__NODE_A_CONST ||
            cast.arg->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL) {
            return;
        }
        add(cast.arg->a_const->sval->sval, cast.arg->a_const->location, 1, true);
    }

    void add(std::string_view name, int location, std::size_t token_count, bool is_constant) {
        const auto id = names_.find(t::regclass, name);
        const auto tokens = std::span(tokens_.tokens, tokens_.n_tokens);
        const auto first = std::ranges::find(
            tokens, location, [](const PgQuery__ScanToken* token) { return token->start; });
        if (!id || static_cast<std::size_t>(tokens.end() - first) < token_count) return;
        const auto* last = *(first + static_cast<std::ptrdiff_t>(token_count - 1));
        found_.push_back({.start = static_cast<std::size_t>(location),
                          .end = static_cast<std::size_t>(last->end),
                          .id = *id,
                          .is_constant = is_constant});
    }

    const types::object_names& names_;
    const PgQuery__ScanResult& tokens_;
    std::vector<mention> found_;
};

std::vector<mention> mentions(const std::string& text, const types::object_names& names) {
    const auto parsed = parse(text);
    if (!parsed || parsed->size() != 1) return {};
    const auto tokens = scan(text);
    if (!tokens) return {};
    mention_finder finder(names, *tokens);
    finder.walk(parsed->front().node->base, {});
    return std::move(finder).found();
}

}  // namespace

std::string with_relation_names(const std::string& text,
                                const std::shared_ptr<const types::object_names>& from,
                                const std::shared_ptr<const types::object_names>& to) {
    if (!from || !to) return text;
    std::string out;
    std::size_t copied = 0;
    for (const auto& m : mentions(text, *from)) {
        const auto name = to->name(t::regclass, m.id);
        if (!name) continue;
        out += text.substr(copied, m.start - copied);
        out += m.is_constant ? quote_text(*name) : *name;
        copied = m.end;
    }
    return out + text.substr(copied);
}

std::vector<types::oid> named_relations(const std::string& text, const types::object_names& names) {
    std::vector<types::oid> out;
    for (const auto& m : mentions(text, names)) out.push_back(m.id);
    return out;
}

}  // namespace historyd::sql
