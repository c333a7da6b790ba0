#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/types/pg_type.hpp"

// The schema of one database file as PostgreSQL would describe it. Immutable once built; shared by
// sessions, readers and the writer as shared_ptr<const schema>. A DDL statement makes a new one.

namespace historyd::schema {

using types::oid;
using types::type_ref;

inline constexpr oid pg_catalog_oid = 11, public_oid = 2200, information_schema_oid = 13000;
inline constexpr oid first_user_oid = 16384;

// A session's own schema, which its temporary tables are in: pg_temp_ and its process ID.
inline constexpr std::string_view temporary_prefix = "pg_temp_";

struct column {
    std::string name;
    type_ref type;
    std::int16_t attnum = 0;  // 1-based, never reused after DROP COLUMN
    bool not_null = false;
    char identity = 0;                       // 'a' GENERATED ALWAYS, 'd' BY DEFAULT, 0 none
    char generated = 0;                      // 's' STORED, 0 none
    std::optional<std::string> default_sql;  // PostgreSQL text as pg_get_expr prints it
    std::string collation;                   // COLLATE; empty: its type's
    std::string comment;
    // The column was declared by another program (stock mem0, Node): its values are in whatever
    // form that program wrote and have to be normalised when read (DATETIME as ISO text).
    bool foreign_form = false;
};

enum class constraint_kind : char {
    primary_key = 'p',
    unique = 'u',
    check = 'c',
    foreign_key = 'f'
};

struct constraint {
    oid id = 0;
    std::string name;
    constraint_kind kind{};
    std::vector<std::int16_t> columns;  // attnums
    oid index = 0;                      // of the index behind a primary key or unique constraint
    std::string check_sql;              // check: the PostgreSQL expression
    oid foreign_relation = 0;           // foreign key
    std::vector<std::int16_t> foreign_columns;
    char on_update = 'a', on_delete = 'a';  // pg_constraint.confupdtype: a r c n d
    bool deferrable = false, initially_deferred = false;
    std::string comment;
};

struct index_key {
    std::int16_t attnum = 0;     // 0 for an expression
    std::string expression_sql;  // PostgreSQL text, when attnum is 0
    bool descending = false, nulls_first = false;
    std::string collation = {}, operator_class = {};  // empty: its column's, its type's
};

struct index {
    oid id = 0;
    std::string name;
    std::vector<index_key> keys;
    bool unique = false, primary = false;
    std::string predicate_sql;  // partial index; empty for none
    std::string method = "btree";
    std::string comment;
};

enum class relation_kind : char { table = 'r', view = 'v', sequence = 'S', index = 'i' };

struct relation {
    oid id = 0;
    oid namespace_id = public_oid;
    std::string name;
    relation_kind kind = relation_kind::table;
    std::vector<column> columns;  // live ones, in attnum order
    std::vector<constraint> constraints;
    std::vector<index> indexes;
    std::string view_sql;         // a view's SELECT as PostgreSQL text
    std::vector<oid> depends_on;  // a view's relations and sequences
    std::string comment;
    bool is_catalog = false;     // a virtual table of pg_catalog or information_schema
    std::string sqlite_name;     // what to write in SQLite's FROM (catalog tables differ from name)
    bool has_rowid_key = false;  // its primary key is SQLite's rowid (INTEGER PRIMARY KEY)
    bool foreign_made =
        false;  // created by another program: its SQLite text is not ours to rewrite
    std::int16_t next_attnum = 1;  // of the next column added
    // CHECKs, triggers or defaults of another program's making, which only SQLite can evaluate.
    bool has_opaque_rules = false;

    const column* find_column(std::string_view column_name) const;
    const column* find_column(std::int16_t attnum) const;
    const constraint* primary_key() const;
};

struct sequence {
    oid id = 0;
    oid namespace_id = public_oid;
    std::string name;
    types::oid type = types::type_oid::int8;
    std::int64_t start = 1, increment = 1, min = 1, max = INT64_MAX;
    bool cycle = false;
    oid owner_relation = 0;  // SERIAL/IDENTITY: the column that owns it
    std::int16_t owner_attnum = 0;
    std::string comment;
    // Stands for SQLite's own numbering of a table that another program made (AUTOINCREMENT).
    bool foreign_made = false;
};

struct namespace_info {
    oid id = 0;
    std::string name;
    std::string comment;

    bool is_temporary() const { return name.starts_with(temporary_prefix); }
};

// Requires: names already folded as PostgreSQL folds them; look-ups are exact.
class schema {
public:
    std::uint64_t epoch = 0;  // grows with every change; plans and caches are valid for one epoch
    std::vector<namespace_info> namespaces;  // pg_catalog, public, information_schema, user-made
    std::vector<std::shared_ptr<const relation>> relations;
    std::vector<sequence> sequences;
    oid next_oid = first_user_oid;  // of the next object created
    // The namespace that is meant by "pg_temp", in a copy made for one session; else empty.
    std::string own_temporary;

    // Builds the look-up tables; call once after filling the members.
    void index_names();

    const namespace_info* find_namespace(std::string_view name) const;
    const relation* find_relation(std::string_view namespace_name, std::string_view name) const;
    const relation* find_relation(oid id) const;
    const namespace_info* find_namespace(oid id) const;
    bool is_temporary(oid namespace_id) const;
    // By name in any namespace (the first in OID order), and in one.
    const sequence* find_sequence(std::string_view name) const;
    const sequence* find_sequence(std::string_view namespace_name, std::string_view name) const;
    const sequence* find_sequence(oid id) const;
    // What a column counts with: the newest that it owns, since one that became an identity column
    // may have kept what it had as a serial.
    const sequence* column_sequence(oid relation, std::int16_t attnum) const;
    bool is_identity_sequence(const sequence& s) const;
    // The table that carries the index, and the index. Returns: {nullptr, nullptr} when unknown.
    std::pair<const relation*, const index*> find_index(std::string_view name) const;
    std::pair<const relation*, const index*> find_index(std::string_view namespace_name,
                                                        std::string_view name) const;

private:
    std::string_view spelled(std::string_view namespace_name) const;

    std::unordered_map<std::string, const relation*> by_name_;  // "namespace.name"
    std::unordered_map<oid, const relation*> by_id_;
};

using schema_ptr = std::shared_ptr<const schema>;

}  // namespace historyd::schema
