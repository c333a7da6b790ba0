#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "storage/catalog/facts.hpp"

namespace historyd::catalog {

// What pg_proc says of one of PostgreSQL's functions.
struct proc_fact {
    oid id = 0;
    std::string_view name;
    char kind = 'f';  // pg_proc.prokind
    bool returns_set = false;
    oid result = 0;
    std::vector<oid> arguments;
};
const proc_fact* find_proc_fact(oid id);
// All of the name, in OID order.
std::vector<const proc_fact*> find_proc_facts(std::string_view name);

}  // namespace historyd::catalog
