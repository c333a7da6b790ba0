#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/sqlite/database.hpp"

// The user's tables as SQLite itself knows them.

namespace historyd::catalog {

struct sqlite_column {
    int position = 0;  // cid
    std::string name, declared_type, default_text;
    bool has_default = false, not_null = false, generated = false;
    int key_position = 0;  // 1-based place in the primary key, 0 outside it
};

struct sqlite_index {
    std::string name;
    bool unique = false, partial = false;
    char origin = 'c';  // c CREATE INDEX, u UNIQUE, p PRIMARY KEY
    struct key {
        std::string column;  // empty for an expression
        bool descending = false;
    };
    std::vector<key> keys;
};

struct sqlite_foreign_key {
    std::string table, on_update, on_delete;
    std::vector<std::string> columns, foreign_columns;  // the latter may be empty: the primary key
};

struct sqlite_table {
    std::string name, sql;
    bool view = false, without_rowid = false, has_triggers = false;
    std::vector<sqlite_column> columns;
    std::vector<sqlite_index> indexes;
    std::vector<sqlite_foreign_key> foreign_keys;

    // The column that is the rowid (INTEGER PRIMARY KEY); nullptr for none.
    const sqlite_column* rowid_column() const;
};

// All tables and views but SQLite's own, historyd's own and virtual ones, by name.
result<std::map<std::string, sqlite_table>> read_sqlite_schema(sqlite::database& db);

}  // namespace historyd::catalog
