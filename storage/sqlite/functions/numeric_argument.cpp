#include "storage/sqlite/functions/numeric_argument.hpp"

namespace historyd::sqlite {

result<types::numeric> numeric_from(const value_view& v) {
    if (const auto* integer = std::get_if<std::int64_t>(&v)) return types::numeric(*integer);
    if (const auto* real = std::get_if<double>(&v)) return types::numeric::from_float8(*real);
    if (const auto* text = std::get_if<std::string_view>(&v)) {
        if (auto parsed = types::numeric::from_storage(*text)) return std::move(*parsed);
        return types::numeric::parse(*text);
    }
    return sql_error(sqlstate::data_corrupted, "stored value is not a numeric");
}

result<types::numeric> numeric_argument(const function_call& c, int i) {
    return numeric_from(c.view(i));
}

result<value> numeric_value(const result<types::numeric>& v) {
    if (!v) return v.error();
    return value(v->to_string());
}

}  // namespace historyd::sqlite
