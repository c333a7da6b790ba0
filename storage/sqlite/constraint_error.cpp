// SQLite names the columns of a violated constraint, PostgreSQL the constraint: the schema knows
// both.

#include <sqlite3.h>

#include <vector>

#include "storage/sqlite/error.hpp"

namespace historyd::sqlite {

namespace {

using schema::constraint;
using schema::constraint_kind;
using schema::relation;

const std::string& file_name_of(const relation& r) {
    return r.sqlite_name.empty() ? r.name : r.sqlite_name;
}

bool is_user_table(const relation& r) {
    return !r.is_catalog && r.kind == schema::relation_kind::table;
}

// "t.a, t.b": how SQLite writes the columns of a key.
std::string columns_as_sqlite_says(const relation& r, const std::vector<std::int16_t>& attnums) {
    std::string text;
    for (const auto attnum : attnums) {
        const auto* column = r.find_column(attnum);
        if (column == nullptr) return {};
        if (!text.empty()) text += ", ";
        text += file_name_of(r) + "." + column->name;
    }
    return text;
}

std::vector<std::int16_t> key_columns(const schema::index& i) {
    std::vector<std::int16_t> attnums;
    for (const auto& key : i.keys) attnums.push_back(key.attnum);
    return attnums;
}

// The name of the unique constraint or index of `r` that SQLite means; empty when it is not of `r`.
std::string unique_name(const relation& r, int code, std::string_view subject) {
    const bool primary = code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
    std::string other;
    for (const auto& c : r.constraints) {
        if (c.kind != constraint_kind::primary_key && c.kind != constraint_kind::unique) continue;
        if (columns_as_sqlite_says(r, c.columns) != subject) continue;
        if ((c.kind == constraint_kind::primary_key) == primary) return c.name;
        other = c.name;
    }
    if (!other.empty()) return other;
    for (const auto& i : r.indexes) {
        if (!i.unique) continue;
        if (subject == "index '" + i.name + "'" ||
            columns_as_sqlite_says(r, key_columns(i)) == subject) {
            return i.name;
        }
    }
    return {};
}

// Looks at the statement's own table first: names of constraints repeat between tables.
template <class Found>
const relation* search(const schema::schema& s, schema::oid target, Found found) {
    if (const auto* r = s.find_relation(target); r != nullptr && is_user_table(*r) && found(*r)) {
        return r;
    }
    for (const auto& r : s.relations) {
        if (is_user_table(*r) && found(*r)) return r.get();
    }
    return nullptr;
}

sql_error unique_violation(int code, std::string_view subject, const schema::schema* s,
                           schema::oid target) {
    std::string name;
    const relation* table = s == nullptr ? nullptr : search(*s, target, [&](const relation& r) {
        name = unique_name(r, code, subject);
        return !name.empty();
    });
    if (table == nullptr) name = subject;
    sql_error error(sqlstate::unique_violation,
                    "duplicate key value violates unique constraint \"" + name + "\"");
    if (table != nullptr) {
        name_table(*s, *table, error);
        error.constraint_name = name;
    }
    return error;
}

sql_error not_null_violation(std::string_view subject, const schema::schema* s,
                             schema::oid target) {
    const schema::column* column = nullptr;
    const relation* table = s == nullptr ? nullptr : search(*s, target, [&](const relation& r) {
        const auto& name = file_name_of(r);
        if (!subject.starts_with(name) || subject.substr(name.size(), 1) != ".") return false;
        column = r.find_column(subject.substr(name.size() + 1));
        return column != nullptr;
    });
    if (table == nullptr) {
        return {sqlstate::not_null_violation, "null value in column \"" + std::string(subject) +
                                                  "\" violates not-null constraint"};
    }
    sql_error error(sqlstate::not_null_violation, "null value in column \"" + column->name +
                                                      "\" of relation \"" + table->name +
                                                      "\" violates not-null constraint");
    name_table(*s, *table, error);
    error.column_name = column->name;
    return error;
}

sql_error check_violation(std::string_view subject, const schema::schema* s, schema::oid target) {
    const relation* table = s == nullptr ? nullptr : search(*s, target, [&](const relation& r) {
        for (const auto& c : r.constraints) {
            if (c.kind == constraint_kind::check && c.name == subject) return true;
        }
        return false;
    });
    // A CHECK of another program's making has no name; SQLite gives its text.
    if (table == nullptr && s != nullptr) table = s->find_relation(target);
    if (table == nullptr) {
        return {sqlstate::check_violation,
                "new row violates check constraint \"" + std::string(subject) + "\""};
    }
    sql_error error(sqlstate::check_violation, "new row for relation \"" + table->name +
                                                   "\" violates check constraint \"" +
                                                   std::string(subject) + "\"");
    name_table(*s, *table, error);
    error.constraint_name = subject;
    return error;
}

// SQLite does not say which key: certain only when the table takes part in just one.
sql_error foreign_key_violation(const schema::schema* s, schema::oid target) {
    const relation* table = s == nullptr ? nullptr : s->find_relation(target);
    if (table == nullptr) {
        return {sqlstate::foreign_key_violation, "a foreign key constraint is violated"};
    }
    std::vector<sql_error> candidates;
    for (const auto& r : s->relations) {
        for (const auto& c : r->constraints) {
            if (c.kind != constraint_kind::foreign_key) continue;
            if (r.get() == table) candidates.push_back(missing_parent(*s, *r, c));
            if (c.foreign_relation == table->id) {
                candidates.push_back(referenced_parent(*s, *table, *r, c));
            }
        }
    }
    if (candidates.size() == 1) return std::move(candidates.front());
    sql_error error(sqlstate::foreign_key_violation,
                    "a row of table \"" + table->name + "\" violates a foreign key constraint");
    name_table(*s, *table, error);
    return error;
}

}  // namespace

void name_table(const schema::schema& s, const relation& r, sql_error& error) {
    const auto* space = s.find_namespace(r.namespace_id);
    error.schema_name = space != nullptr ? space->name : "public";
    error.table_name = r.name;
}

sql_error missing_parent(const schema::schema& s, const relation& child, const constraint& key) {
    sql_error error(sqlstate::foreign_key_violation, "insert or update on table \"" + child.name +
                                                         "\" violates foreign key constraint \"" +
                                                         key.name + "\"");
    name_table(s, child, error);
    error.constraint_name = key.name;
    return error;
}

sql_error referenced_parent(const schema::schema& s, const relation& parent, const relation& child,
                            const constraint& key) {
    sql_error error(sqlstate::foreign_key_violation, "update or delete on table \"" + parent.name +
                                                         "\" violates foreign key constraint \"" +
                                                         key.name + "\" on table \"" + child.name +
                                                         "\"");
    name_table(s, child, error);
    error.constraint_name = key.name;
    return error;
}

sql_error constraint_error(int code, std::string_view message, const schema::schema* s,
                           schema::oid target) {
    // "<KIND> constraint failed: <subject>"
    constexpr std::string_view separator = " constraint failed: ";
    const auto at = message.find(separator);
    const auto subject =
        at == std::string_view::npos ? message : message.substr(at + separator.size());
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return unique_violation(code, subject, s, target);
        case SQLITE_CONSTRAINT_NOTNULL:
            return not_null_violation(subject, s, target);
        case SQLITE_CONSTRAINT_CHECK:
            return check_violation(subject, s, target);
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return foreign_key_violation(s, target);
        case SQLITE_CONSTRAINT_DATATYPE:
            return {sqlstate::datatype_mismatch, std::string(message)};
        // ON DELETE RESTRICT, or RAISE() in a trigger of another program's making.
        case SQLITE_CONSTRAINT_TRIGGER:
            if (message == "FOREIGN KEY constraint failed") return foreign_key_violation(s, target);
            return {"P0001", std::string(message)};
        default:
            return {sqlstate::integrity_constraint_violation, std::string(message)};
    }
}

}  // namespace historyd::sqlite
