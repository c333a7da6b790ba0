#pragma once

#include "storage/sqlite/functions/function_call.hpp"

namespace historyd::sqlite {

// Appends what the type's output function prints for argument `i`, of type `type`, in the session's
// settings. Requires: not NULL.
result<void> append_typed_text(const function_call& c, types::oid type, int i, std::string& out);

}  // namespace historyd::sqlite
