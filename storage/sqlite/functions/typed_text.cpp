#include "storage/sqlite/functions/typed_text.hpp"

#include "storage/types/type_io.hpp"

namespace historyd::sqlite {

result<void> append_typed_text(const function_call& c, types::oid type, int i, std::string& out) {
    // A bare string or NULL in a call that takes any type is text.
    if (type == types::type_oid::unknown) type = types::type_oid::text;
    return types::text_out({.id = type}, c.view(i), c.io(), out);
}

}  // namespace historyd::sqlite
