#pragma once

#include "storage/sql/deparse/expression_text.hpp"
#include "storage/sql/translate/translator.hpp"

namespace historyd::sql {

// An expression of a table's definition (CHECK, generated column, index key or predicate): it sees
// the table's columns, by unqualified names, and nothing else.
class table_expression {
public:
    // Requires: the relation outlives the object; it need not be part of the schema yet.
    table_expression(translator& t, const schema::relation& r);

    // Translates and coerces to `wanted` when that is not 0. Errors are the translator's; 0A000 for
    // subqueries and 42803 for aggregates, as PostgreSQL words them.
    result<expr> translate(const PgQuery__Node* node, clause c, types::oid wanted);
    // As translate, for text that print() gave before.
    result<expr> translate(const std::string& text, clause c, types::oid wanted);
    // A CHECK's condition: boolean, or 42804.
    result<expr> condition(const PgQuery__Node* node);
    // The text PostgreSQL would show.
    result<std::string> print(const PgQuery__Node* node, clause c, types::oid wanted);
    // The table's columns that the expression names, each once, by attnum.
    std::vector<std::int16_t> columns_of(const PgQuery__Node* node, clause c);
    std::vector<std::int16_t> columns_of(const std::string& text, clause c);

private:
    translator& t_;
    const schema::relation& relation_;
    scope scope_;
};

// The expression node of a definition's text in the file. Holds its tree, and while it lives `t`
// reads literals as they are written there.
struct parsed_expression {
    std::vector<raw_statement> statements;
    const PgQuery__Node* node = nullptr;
    std::unique_ptr<translator::reading_stored> reading;
};
result<parsed_expression> parse_expression(translator& t, const std::string& text);

// A column's default: checked against the column's type. Returns: PostgreSQL's text of it; nullopt
// for NULL, which is no default.
result<std::optional<std::string>> default_text(translator& t, const PgQuery__Node* node,
                                                const schema::column& column);

}  // namespace historyd::sql
