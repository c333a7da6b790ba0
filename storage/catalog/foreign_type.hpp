#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/types/pg_type.hpp"

namespace historyd::catalog {

// The PostgreSQL type that a column declared by another program is served as.
struct foreign_type {
    types::type_ref type;
    bool foreign_form = false;  // values are in that program's form, see schema::column
};

// `declared` is the type as CREATE TABLE spells it in SQLite, perhaps empty.
//   DATETIME, TIMESTAMP    timestamptz, read from ISO text
//   INTEGER and the like   int4; int2 and int8 where they are named; int8 for a rowid key
//   VARCHAR(n), CHAR(n)    varchar(n)       TEXT, CLOB, none     text
//   REAL, FLOAT, DOUBLE    float8           NUMERIC, DECIMAL     numeric
//   BOOLEAN                bool             BLOB                 bytea
foreign_type type_of_declaration(std::string_view declared, bool rowid_key);

// The PostgreSQL text of a default that SQLite spells `expression`.
// Returns: nullopt when it is none that both know (a literal, CURRENT_TIMESTAMP).
std::optional<std::string> default_of_declaration(std::string_view expression,
                                                  types::type_ref type);

}  // namespace historyd::catalog
