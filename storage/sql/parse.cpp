#include "storage/sql/parse.hpp"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "storage/sql/nesting_bound.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::sql {

namespace {

// libpg_query writes a tree by recursion, about 400 bytes of stack a level: a quarter of the usual
// 8 MB. Unpacking takes about 1 KB for each message, and an operator is two messages.
constexpr std::size_t lexemes_deep_max = 5000, messages_deep_max = 2000;

sql_error too_complex() {
    return sql_error(sqlstate::statement_too_complex, "stack depth limit exceeded")
        .with_hint("The statement nests too deeply; write it with fewer levels.");
}

struct parse_output {
    PgQueryProtobufParseResult raw;
    ~parse_output() { pg_query_free_protobuf_parse_result(raw); }
};

// libpg_query passes on PostgreSQL's message, not its SQLSTATE.
std::string_view sqlstate_of(std::string_view message) {
    if (message.starts_with("memory exhausted")) return sqlstate::statement_too_complex;
    if (message.starts_with("LIMIT #,#")) return sqlstate::syntax_error;
    if (message.ends_with("is not supported") || message.find("not implemented") != message.npos ||
        message.find("are not supported") != message.npos) {
        return sqlstate::feature_not_supported;
    }
    return sqlstate::syntax_error;
}

sql_error error_of(const PgQueryError& error) {
    const std::string_view message = error.message;
    const auto state = sqlstate_of(message);
    if (state == sqlstate::statement_too_complex) return too_complex();
    return sql_error(state, std::string(message)).with_position(error.cursorpos);
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) ++at;
    return at;
}

}  // namespace

struct parse_tree {
    PgQuery__ParseResult* root = nullptr;

    explicit parse_tree(PgQuery__ParseResult* r) : root(r) {}
    parse_tree(const parse_tree&) = delete;
    parse_tree& operator=(const parse_tree&) = delete;
    ~parse_tree() { pg_query__parse_result__free_unpacked(root, nullptr); }
};

int raw_statement::position(int byte_location) const {
    if (byte_location < 0) return 0;
    const auto bytes = std::min(static_cast<std::size_t>(byte_location), query->size());
    return static_cast<int>(types::count_characters(std::string_view(*query).substr(0, bytes))) + 1;
}

result<std::vector<raw_statement>> parse(std::string_view query) {
    if (auto valid = types::check_utf8(query); !valid) return valid.error();
    if (nesting_bound(query) > lexemes_deep_max) return too_complex();

    auto text = std::make_shared<const std::string>(query);
    const parse_output output{pg_query_parse_protobuf(text->c_str())};
    if (output.raw.error != nullptr) return error_of(*output.raw.error);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(output.raw.parse_tree.data);
    if (message_depth({bytes, output.raw.parse_tree.len}, messages_deep_max) > messages_deep_max) {
        return too_complex();
    }
    auto* root = pg_query__parse_result__unpack(nullptr, output.raw.parse_tree.len, bytes);
    if (root == nullptr) {
        return sql_error(sqlstate::internal_error, "the statement's tree could not be read");
    }

    auto tree = std::make_shared<const parse_tree>(root);
    std::vector<raw_statement> statements;
    for (std::size_t i = 0; i < root->n_stmts; ++i) {
        const auto& raw = *root->stmts[i];
        const auto start = static_cast<std::size_t>(raw.stmt_location);
        const auto length =
            raw.stmt_len > 0 ? static_cast<std::size_t>(raw.stmt_len) : text->size() - start;
        const auto begin = std::min(skip_blanks(*text, start), start + length);
        statements.push_back({.tree = tree,
                              .node = raw.stmt,
                              .query = text,
                              .offset = begin,
                              .length = start + length - begin});
    }
    return statements;
}

}  // namespace historyd::sql
