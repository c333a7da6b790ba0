#include "storage/sql/translate/expr.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace historyd::sql {

std::string_view clause_name(clause c) {
    switch (c) {
        case clause::select_target:
            return "SELECT";
        case clause::from_function:
            return "functions in FROM";
        case clause::join_on:
            return "JOIN conditions";
        case clause::where:
            return "WHERE";
        case clause::group_by:
            return "GROUP BY";
        case clause::having:
            return "HAVING";
        case clause::filter:
            return "FILTER";
        case clause::order_by:
            return "ORDER BY";
        case clause::window:
            return "window definitions";
        case clause::limit:
            return "LIMIT";
        case clause::offset:
            return "OFFSET";
        case clause::values:
            return "VALUES";
        case clause::insert_target:
            return "INSERT";
        case clause::update_source:
        case clause::update_target:
            return "UPDATE";
        case clause::returning:
            return "RETURNING";
        case clause::check:
            return "check constraints";
        case clause::column_default:
            return "DEFAULT expressions";
        case clause::generated:
            return "column generation expressions";
        case clause::index_expression:
            return "index expressions";
        case clause::index_predicate:
            return "index predicates";
        case clause::execute_parameter:
            return "EXECUTE parameters";
    }
    return "";
}

void absorb(expr& into, const expr& operand) {
    into.columns.insert(into.columns.end(), operand.columns.begin(), operand.columns.end());
    into.has_aggregate |= operand.has_aggregate;
    if (into.aggregate_location < 0) into.aggregate_location = operand.aggregate_location;
    into.has_window |= operand.has_window;
    into.has_set |= operand.has_set;
    into.has_subquery |= operand.has_subquery;
    into.is_volatile |= operand.is_volatile;
    into.is_mutable |= operand.is_mutable;
}

namespace {

std::string real_sql(double d) {
    if (std::isinf(d)) return d > 0 ? "9e999" : "(-9e999)";
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), d).ptr;
    std::string out(buffer.data(), end);
    // Without a point or an exponent SQLite would take it for an integer.
    if (out.find_first_of(".e") == std::string::npos) out += ".0";
    return d < 0 || std::signbit(d) ? "(" + out + ")" : out;
}

std::string blob_sql(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "x'";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out + "'";
}

}  // namespace

std::string literal_sql(const value& v) {
    struct visitor {
        std::string operator()(std::monostate) const { return "NULL"; }
        std::string operator()(std::int64_t i) const {
            auto digits = std::to_string(i);
            return i < 0 ? "(" + digits + ")" : digits;
        }
        std::string operator()(double d) const { return real_sql(d); }
        std::string operator()(const std::string& s) const { return quote_text(s); }
        std::string operator()(const blob& b) const { return blob_sql(b.bytes); }
    };
    return std::visit(visitor{}, v);
}

}  // namespace historyd::sql
