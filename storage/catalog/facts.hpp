#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "storage/schema/schema.hpp"

// PostgreSQL's own catalogs as data: the files in facts/, compiled in and read once. Any thread.

namespace historyd::catalog {

using schema::oid;

// A column of a catalog relation as pg_attribute has it; schema::column has a domain's base type.
struct relation_fact {
    std::shared_ptr<const schema::relation> relation;
    oid row_type = 0;
    char kind = 'r';
    std::vector<schema::type_ref> declared_types;
};
std::span<const relation_fact> relation_facts();
const relation_fact* find_relation_fact(oid id);

// What pg_attribute repeats of a column's type.
struct type_fact {
    oid id = 0;
    std::string_view name;
    oid namespace_id = 0;
    std::int16_t length = -1;
    bool by_value = false;
    char kind = 'b';  // pg_type.typtype
    oid element = 0, array = 0;
    char alignment = 'i', storage = 'p';
    oid base = 0;
    std::int32_t typmod = -1;
    oid collation = 0;
};
// By OID. Returns: nullptr when unknown.
const type_fact* find_type_fact(oid id);
const type_fact* find_type_fact(oid namespace_id, std::string_view name);

// The lines of a catalog's facts, fields in column order, NULL as \N; empty when there are none.
std::string_view facts_of(std::string_view relation_name);

// Takes the first line off `text` and the first tab-separated field off a line.
std::string_view take_line(std::string_view& text);
std::string_view take_field(std::string_view& line);
template <class T>
T number_of(std::string_view field);

inline constexpr std::string_view null_field = "\\N";
inline constexpr oid owner_oid = 10;  // of everything: the user of the session

}  // namespace historyd::catalog
