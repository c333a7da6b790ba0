#pragma once

#include "storage/sql/ddl/schema_change.hpp"

namespace historyd::sql {

enum class sequence_use : std::uint8_t { create, alter, identity };

// Applies START, INCREMENT, MINVALUE, ... to a sequence and checks that they agree; with `create`
// and `identity` what is not given gets PostgreSQL's default for the sequence's type.
// Requires: s.type is set unless an AS option says it.
result<void> apply_sequence_options(schema_change& change, schema::sequence& s, node_list options,
                                    sequence_use use);

// 22023
sql_error identity_needs_integer();

// A limit that was the old type's becomes the new one's. Errors: 22023 where another does not fit.
result<void> change_sequence_type(schema::sequence& s, types::oid type);

// RESTART [WITH n] among ALTER SEQUENCE's options: the value nextval gives next.
std::optional<std::int64_t> restart_value(const schema::sequence& s, node_list options);

// The sequence's name as regclass prints it: qualified outside public, quoted where needed.
std::string sequence_text(const schema::schema& schema, const schema::sequence& s);

}  // namespace historyd::sql
