#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/sql/function_map.hpp"
#include "storage/sql/translate/expr.hpp"

// PostgreSQL's choice between overloaded functions and operators (documentation, chapter "Type
// Conversion", sections "Operators" and "Functions").

namespace historyd::sql {

// One overload that takes as many arguments as there are; variadic ones are spread out.
struct candidate {
    std::vector<oid> arguments;  // declared: may be polymorphic
    oid result = 0;
    const function_entry* function = nullptr;  // one of these, or neither
    const operator_entry* op = nullptr;        // for a comparison of equal types
};

// Returns: the index of the candidate to use, nullopt when none fits or none is best.
struct choice {
    std::optional<std::size_t> best;
    bool ambiguous = false;
};
choice choose(std::span<const candidate> candidates, std::span<const oid> given);

// Polymorphic types made concrete by the arguments given.
struct resolved_signature {
    std::vector<oid> arguments;
    oid result = 0;
};
// Whether nothing that was given tells what anyelement and its kin stand for.
bool is_undetermined(const candidate& c, std::span<const oid> given);
// Returns: nullopt when the arguments do not agree.
std::optional<resolved_signature> resolve_polymorphic(const candidate& c,
                                                      std::span<const oid> given);

bool is_polymorphic(oid type);

// The template of function_map.hpp with arguments put in.
std::string fill_template(std::string_view text, std::span<const std::string> arguments,
                          std::span<const oid> types, oid result);

}  // namespace historyd::sql
