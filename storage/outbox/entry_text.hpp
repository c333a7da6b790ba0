#pragma once

#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/outbox/change.hpp"

// How a key or a row lies in historyd_outbox: names and values as SQL literals by turns,
//
//   'id','5f1c...','is_deleted',0,'old_memory',NULL,'score',0.1,'image',X'00ff'
//
// because quote() is the one thing built into SQLite, and so at hand in another program's
// connection, that keeps every value exact.

namespace historyd::outbox {

// Errors: XX001 when the text is not of this form.
result<std::vector<named_value>> decode_entry(std::string_view text);

std::string encode_entry(const std::vector<named_value>& values);
// One value, as a literal.
void append_literal(std::string& out, const value_view& v);

std::string_view to_text(change_op op);
// XX001 for a word that is none.
result<change_op> to_op(std::string_view text);

}  // namespace historyd::outbox
