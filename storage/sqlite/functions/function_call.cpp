#include "storage/sqlite/functions/function_call.hpp"

#include <cmath>

#include "storage/sqlite/value_view.hpp"

namespace historyd::sqlite {

bool function_call::any_null() const {
    for (auto* v : arguments_) {
        if (sqlite3_value_type(v) == SQLITE_NULL) return true;
    }
    return false;
}

double function_call::real(int i) const {
    if (sqlite3_value_type(at(i)) == SQLITE_TEXT && text(i) == "NaN") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return sqlite3_value_double(at(i));
}

std::string_view function_call::text(int i) const {
    auto* v = at(i);
    const auto* bytes = sqlite3_value_type(v) == SQLITE_BLOB
                            ? static_cast<const char*>(sqlite3_value_blob(v))
                            : reinterpret_cast<const char*>(sqlite3_value_text(v));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_value_bytes(v))};
}

value_view function_call::view(int i) const { return to_view(at(i)); }

const types::io_settings& function_call::io() const {
    static const types::io_settings outside_a_statement;
    const auto* running = session();
    return running != nullptr && running->io ? *running->io : outside_a_statement;
}

function_call function_call::from(int first) const {
    const auto rest = arguments_.subspan(static_cast<std::size_t>(first));
    return {db_, static_cast<int>(rest.size()), rest.data()};
}

value real_value(double v) {
    if (std::isnan(v)) return std::string("NaN");
    return v;
}

}  // namespace historyd::sqlite
