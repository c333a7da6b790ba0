// sql_session: query strings that differ in their constants only (psycopg2 and others write every
// value into the text) share one plan.

#include <algorithm>

#include "storage/sql_session.hpp"
#include "storage/types/type_io.hpp"

namespace historyd {

namespace {

// 'now', 'today', 'infinity': what these mean is for the parser's way to say.
bool is_word_of_time(types::oid type, const std::string& text) {
    const auto* info = types::find_type(type);
    if (info == nullptr || info->category != 'D') return false;
    return std::ranges::none_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool matches(const sql::lifted_query& lifted, const sql::query_shape& shape) {
    if (lifted.fixed.size() != shape.literals.size()) return false;
    for (std::size_t i = 0; i < shape.literals.size(); ++i) {
        const auto& fixed = lifted.fixed[i];
        if (fixed && fixed->text != shape.literals[i].text) return false;
    }
    return true;
}

}  // namespace

std::optional<lifted_statement> sql_session::lift(std::string_view text) {
    const auto shape = sql::find_shape(text);
    if (!shape) return std::nullopt;
    const auto known = engine_.plans().find_lifted(shape->key);
    if (known == nullptr || known->raw.node == nullptr || !matches(*known, *shape)) {
        return std::nullopt;
    }
    lifted_statement out;
    out.statement.raw = known->raw;
    out.statement.kind = known->kind;
    out.statement.declared_types = known->declared_types;
    if (!prepare(out.statement)) return std::nullopt;
    const auto& types = out.statement.plan->parameters;
    out.parameters.reserve(types.size());
    const auto io = this->io();
    for (std::size_t i = 0; i < shape->literals.size(); ++i) {
        if (known->fixed[i]) continue;
        const auto at = out.parameters.size();
        const auto& constant = shape->literals[i].text;
        if (at == types.size() || is_word_of_time(types[at].id, constant)) return std::nullopt;
        auto v = types::text_in({types[at].id, -1}, constant, *io);
        if (!v) return std::nullopt;
        out.parameters.push_back(std::move(*v));
    }
    if (out.parameters.size() != types.size()) return std::nullopt;
    return out;
}

void sql_session::learn(const sql::raw_statement& statement) {
    const std::string_view text = *statement.query;
    const auto shape = sql::find_shape(text);
    if (!shape) return;
    auto& cache = engine_.plans();
    const auto known = cache.find_lifted(shape->key);
    if (known != nullptr && known->hopeless) return;
    auto lifted = std::make_shared<sql::lifted_query>();
    if (known == nullptr) {  // most texts are met once
        cache.add_lifted(shape->key, std::move(lifted));
        return;
    }
    const auto places = sql::parameter_places(statement);
    std::string query;
    std::size_t copied = 0;
    for (const auto& l : shape->literals) {
        if (!std::ranges::binary_search(places, l.begin)) {
            lifted->fixed.emplace_back(l);
            continue;
        }
        lifted->fixed.emplace_back(std::nullopt);
        lifted->declared_types.push_back(l.is_text ? types::oid{0} : types::type_oid::int4);
        query.append(text, copied, l.begin - copied);
        query += "$" + std::to_string(lifted->declared_types.size());
        copied = l.end;
    }
    query.append(text, copied);
    lifted->hopeless = true;
    auto parsed = parse(query);
    if (!lifted->declared_types.empty() && parsed && (*parsed)->size() == 1) {
        prepared_statement with_parameters;
        with_parameters.raw = (*parsed)->front().raw;
        with_parameters.kind = (*parsed)->front().kind;
        with_parameters.declared_types = lifted->declared_types;
        if (prepare(with_parameters)) {
            lifted->raw = with_parameters.raw;
            lifted->kind = with_parameters.kind;
            lifted->hopeless = false;
        }
    }
    cache.add_lifted(shape->key, std::move(lifted));
}

}  // namespace historyd
