#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace historyd {

// A BLOB's bytes: a type of its own, so that it is never taken for text.
struct blob {
    std::string bytes;
    bool operator==(const blob&) const = default;
};
struct blob_view {
    std::string_view bytes;
    bool operator==(const blob_view&) const = default;
};

// One value in storage form: what the SQLite file holds for a value of a PostgreSQL type.
// std::monostate is NULL. The form of each type is the table in storage/types/pg_type.hpp.
using value = std::variant<std::monostate, std::int64_t, double, std::string, blob>;

// A borrowed value; valid until the statement it came from moves on.
using value_view = std::variant<std::monostate, std::int64_t, double, std::string_view, blob_view>;

inline bool is_null(const value& v) { return std::holds_alternative<std::monostate>(v); }
inline bool is_null(const value_view& v) { return std::holds_alternative<std::monostate>(v); }

inline value_view view_of(const value& v) {
    struct visitor {
        value_view operator()(std::monostate) const { return std::monostate{}; }
        value_view operator()(std::int64_t i) const { return i; }
        value_view operator()(double d) const { return d; }
        value_view operator()(const std::string& s) const { return std::string_view(s); }
        value_view operator()(const blob& b) const { return blob_view{b.bytes}; }
    };
    return std::visit(visitor{}, v);
}

inline value to_value(const value_view& v) {
    struct visitor {
        value operator()(std::monostate) const { return std::monostate{}; }
        value operator()(std::int64_t i) const { return i; }
        value operator()(double d) const { return d; }
        value operator()(std::string_view s) const { return std::string(s); }
        value operator()(blob_view b) const { return blob{std::string(b.bytes)}; }
    };
    return std::visit(visitor{}, v);
}

}  // namespace historyd
