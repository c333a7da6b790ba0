#include "storage/sqlite/functions/families.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/type_io.hpp"

// pg_cast(v, from, to, typmod, explicit) and pg_foreign(v, type), which the translator writes.

namespace historyd::sqlite {
namespace {

result<value> cast(const function_call& c) {
    if (c.is_null(0)) return value();
    return types::cast({.id = c.type(1)}, {.id = c.type(2), .typmod = c.int4(3)}, c.copy(0), c.io(),
                       c.boolean(4));
}

result<value> from_foreign(const function_call& c) {
    return types::from_foreign_form(c.type(1), c.view(0));
}

}  // namespace

std::span<const scalar_function> cast_functions() {
    static constexpr scalar_function functions[] = {
        nullable<cast>("pg_cast", 5),
        strict<from_foreign>("pg_foreign", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
