#pragma once

#include <map>

#include "storage/transfer/pg_connection.hpp"

namespace historyd::transfer {

struct pg_column {
    std::string name, type;  // information_schema's names of types
};

// mem0's tables as a server has them, by name, in the schema that unqualified names mean.
using pg_tables = std::map<std::string, std::vector<pg_column>>;

result<pg_tables> read_pg_tables(pg_connection& connection);

std::vector<std::string> names_of(const std::vector<pg_column>& columns);

}  // namespace historyd::transfer
