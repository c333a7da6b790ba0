#include "storage/sql/deparse/statement_text.hpp"

#include <pg_query.h>

#include <vector>

namespace historyd::sql {

result<std::string> statement_text(const PgQuery__Node& node) {
    // libpg_query prints whole parse results in their packed form. Packing only reads the tree.
    PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
    raw.stmt = const_cast<PgQuery__Node*>(&node);
    PgQuery__RawStmt* statements[] = {&raw};
    PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
    tree.version = PG_VERSION_NUM;
    tree.n_stmts = 1;
    tree.stmts = statements;
    std::vector<std::uint8_t> packed(pg_query__parse_result__get_packed_size(&tree));
    pg_query__parse_result__pack(&tree, packed.data());

    PgQueryProtobuf input{.len = packed.size(), .data = reinterpret_cast<char*>(packed.data())};
    auto printed = pg_query_deparse_protobuf(input);
    if (printed.error != nullptr) {
        sql_error error =
            unsupported("a statement of this form in a view",
                        printed.error->message == nullptr ? "" : printed.error->message);
        pg_query_free_deparse_result(printed);
        return error;
    }
    std::string out = printed.query;
    pg_query_free_deparse_result(printed);
    return out;
}

}  // namespace historyd::sql
