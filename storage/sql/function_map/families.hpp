#pragma once

#include <utility>

#include "storage/sql/function_map.hpp"

// The families that functions() and operators() are made of, one file each, and the words their
// tables are written in.

namespace historyd::sql {

namespace t = types::type_oid;

std::span<const function_entry> math_functions();
std::span<const function_entry> string_functions();
std::span<const function_entry> regex_functions();
std::span<const function_entry> datetime_functions();
std::span<const function_entry> format_functions();
std::span<const function_entry> inet_functions();
std::span<const function_entry> json_functions();
std::span<const function_entry> array_functions();
std::span<const function_entry> aggregate_functions();
std::span<const function_entry> statistics_functions();
std::span<const function_entry> window_functions();
std::span<const function_entry> set_returning_functions();
std::span<const function_entry> system_functions();
std::span<const function_entry> catalog_functions();

std::span<const operator_entry> arithmetic_operators();
std::span<const operator_entry> text_operators();
std::span<const operator_entry> datetime_operators();
std::span<const operator_entry> inet_operators();
std::span<const operator_entry> json_operators();
std::span<const operator_entry> array_operators();
std::span<const operator_entry> comparison_operators();

inline function_entry stable(function_entry e) {
    e.volatility = volatility::stable;
    return e;
}

inline function_entry volatile_call(function_entry e) {
    e.volatility = volatility::volatile_;
    return e;
}

inline function_entry variadic(function_entry e) {
    e.variadic = true;
    return e;
}

inline function_entry aggregate(function_entry e) {
    e.kind = function_kind::aggregate;
    return e;
}

inline function_entry window(function_entry e) {
    e.kind = function_kind::window;
    return e;
}

inline function_entry rows(function_entry e,
                           std::vector<std::pair<std::string_view, oid>> columns = {}) {
    e.kind = function_kind::set_returning;
    e.columns = std::move(columns);
    return e;
}

}  // namespace historyd::sql
