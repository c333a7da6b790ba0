#pragma once

#include <optional>

#include "storage/types/type_io.hpp"

// Casts inside one family of types. Each returns nullopt when it knows no cast between the two
// types. Requires: `v` is in storage form, not NULL, and from != to. Typmods are the caller's
// business.

namespace historyd::types {

std::optional<result<value>> cast_number(oid from, oid to, const value& v);
std::optional<result<value>> cast_datetime(oid from, oid to, const value& v,
                                           const io_settings& settings);
std::optional<result<value>> cast_inet(oid from, oid to, const value& v);
std::optional<result<value>> cast_json(oid from, oid to, const value& v);

bool is_character_type(oid type);  // text, varchar, bpchar, name, "char", unknown, cstring

}  // namespace historyd::types
