#include "storage/types/vector_text.hpp"

#include "storage/types/array_text.hpp"
#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

result<std::string> vector_in(oid type, std::string_view text) {
    array_value a;
    for (std::string_view rest = trim_blanks(text); !rest.empty(); rest = trim_blanks(rest)) {
        std::size_t n = 0;
        while (n < rest.size() && !is_blank(rest[n])) ++n;
        const auto item = rest.substr(0, n);
        const auto number = type == type_oid::oidvector ? parse_oid(item) : parse_int2(item);
        if (!number) return number.error();
        a.elements.emplace_back(std::to_string(*number));
        rest.remove_prefix(n);
    }
    if (!a.elements.empty()) {
        a.dimensions.push_back({static_cast<std::int32_t>(a.elements.size()), 0});
    }
    return array_to_text(a);
}

result<void> vector_out(std::string_view stored, std::string& out) {
    if (!stored.starts_with('{') && !stored.starts_with('[')) {
        out += stored;
        return {};
    }
    const auto a = parse_array(stored);
    if (!a) return a.error();
    bool first = true;
    for (const auto& element : a->elements) {
        if (!first) out += ' ';
        first = false;
        out += element.value_or("0");
    }
    return {};
}

}  // namespace historyd::types
