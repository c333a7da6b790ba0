#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/format_call.hpp"
#include "storage/sqlite/functions/typed_text.hpp"

// concat(), concat_ws() and format(): arguments of any type, each with its type's OID before it.

namespace historyd::sqlite {
namespace {

// Appends arguments first, first + 2, ... (the odd ones are values), `separator` between them.
result<void> join(const function_call& c, int first, std::string_view separator, std::string& out) {
    bool some = false;
    for (int i = first; i + 1 < c.count(); i += 2) {
        if (c.is_null(i + 1)) continue;
        if (some) out += separator;
        some = true;
        if (auto ok = append_typed_text(c, c.type(i), i + 1, out); !ok) return ok;
    }
    return {};
}

result<value> concat(const function_call& c) {
    std::string out;
    if (auto ok = join(c, 0, {}, out); !ok) return ok.error();
    return value(std::move(out));
}

result<value> concat_with_separator(const function_call& c) {
    if (c.is_null(1)) return value();
    std::string out;
    if (auto ok = join(c, 2, c.text(1), out); !ok) return ok.error();
    return value(std::move(out));
}

}  // namespace

std::span<const scalar_function> text_join_functions() {
    static constexpr scalar_function functions[] = {
        nullable<concat>("pg_concat", -1),
        nullable<concat_with_separator>("pg_concat_ws", -1),
        nullable<format_call>("pg_format", -1),
    };
    return functions;
}

}  // namespace historyd::sqlite
