#include "storage/outbox/capture_sql.hpp"

#include <algorithm>

#include "storage/base/quoted.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/translate/expr.hpp"

namespace historyd::outbox {

namespace {

using columns = std::vector<const schema::column*>;

// 'text' as a literal inside SQLite text.
std::string literal(std::string_view text) { return quote_text(text); }

std::string cell(std::string_view row, const schema::column& c) {
    return std::string(row) + quote_name(c.name);
}

// SQLite text for an entry's list of names and values; `row` is "NEW.", "OLD." or empty.
std::string entry_of(const columns& list, std::string_view row) {
    std::string out;
    for (const auto* c : list) {
        const std::string name = (out.empty() ? "" : ",") + quote_text(c->name) + ",";
        if (!out.empty()) out += "||";
        out += literal(name) + "||quote(" + cell(row, *c) + ")";
    }
    return out;
}

// By bytes: two texts that a column's collation takes for equal need not be the same.
std::string differs(const schema::column& c) {
    return "OLD." + quote_name(c.name) + " IS NOT NEW." + quote_name(c.name) + " COLLATE BINARY";
}

// The columns that differ; the comma that leads the first one is cut off.
std::string changed_entry(const columns& list) {
    std::string out;
    for (const auto* c : list) {
        if (!out.empty()) out += "||";
        out += "CASE WHEN " + differs(*c) + " THEN " + literal("," + quote_text(c->name) + ",") +
               "||quote(" + cell("NEW.", *c) + ") ELSE '' END";
    }
    return "substr(" + out + ",2)";
}

std::string any_differs(const columns& list) {
    std::string out;
    for (const auto* c : list) out += (out.empty() ? "" : " OR ") + differs(*c);
    return out;
}

std::string names(const columns& list) {
    std::string out;
    for (const auto* c : list) out += (out.empty() ? "" : ", ") + quote_name(c->name);
    return out;
}

}  // namespace

std::string qualified_name(const schema::schema& s, const schema::relation& r) {
    const auto* space = s.find_namespace(r.namespace_id);
    return sql::quote_identifier(space == nullptr ? "public" : space->name) + "." +
           sql::quote_identifier(r.name);
}

columns stored_columns(const schema::relation& r) {
    columns out;
    for (const auto& c : r.columns) {
        if (c.generated == 0) out.push_back(&c);
    }
    return out;
}

columns key_columns(const schema::relation& r) {
    columns out;
    const auto* key = r.primary_key();
    if (key == nullptr) return out;
    for (const auto attnum : key->columns) out.push_back(r.find_column(attnum));
    return out;
}

namespace {

// Rows that refer to this table's rows follow them to another key. SQLite takes them along before
// it fires AFTER triggers, and the backend can do so only after the row they refer to.
bool is_followed(const schema::schema& s, const schema::relation& r) {
    const auto follows = [&](const schema::constraint& c) {
        return c.kind == schema::constraint_kind::foreign_key && c.foreign_relation == r.id &&
               c.on_update == 'c';
    };
    return std::ranges::any_of(s.relations, [&](const auto& other) {
        return std::ranges::any_of(other->constraints, follows);
    });
}

}  // namespace

std::vector<trigger> capture_triggers(const schema::schema& s, const schema::relation& r,
                                      table_phase phase) {
    const auto all = stored_columns(r);
    const auto key = key_columns(r);
    const auto table = literal(qualified_name(s, r));
    const auto append = [&](std::string_view op, const std::string& pk, const std::string& row) {
        return "INSERT INTO historyd_outbox(op,tbl,pk,row) VALUES (" + literal(op) + "," + table +
               "," + pk + "," + row + ");";
    };
    std::vector<trigger> out;
    const auto add = [&](std::string_view event, const std::string& when, const std::string& body) {
        const auto name = "historyd_" + std::string(event) + "_" + r.sqlite_name;
        const bool first = event == "update" && phase == table_phase::done && is_followed(s, r);
        out.push_back({name, "CREATE TRIGGER " + quote_name(name) +
                                 (first ? " BEFORE " : " AFTER ") + std::string(event) + " ON " +
                                 quote_name(r.sqlite_name) + when + " BEGIN " + body + " END"});
    };
    const auto old_key = entry_of(key, "OLD."), new_key = entry_of(key, "NEW.");
    const auto removed = append("delete", old_key, "NULL");
    const auto when_changed = " WHEN " + any_differs(all);
    switch (phase) {
        case table_phase::waiting:
            add("update", " WHEN " + any_differs(key), removed);
            break;
        case table_phase::copying: {
            const auto whole = append("put", new_key, entry_of(all, "NEW."));
            add("insert", "", whole);
            add("update", when_changed,
                "INSERT INTO historyd_outbox(op,tbl,pk) SELECT 'delete'," + table + "," + old_key +
                    " WHERE " + any_differs(key) + ";" + whole);
            break;
        }
        case table_phase::done:
            add("insert", "", append("insert", new_key, entry_of(all, "NEW.")));
            add("update", when_changed, append("update", old_key, changed_entry(all)));
            break;
        case table_phase::keyless:
            return out;
    }
    add("delete", "", removed);
    return out;
}

std::string queue_rows_sql(const schema::schema& s, const schema::relation& r, bool from_start,
                           std::size_t rows) {
    const auto key = key_columns(r);
    std::string where, after;
    for (std::size_t i = 0; i < key.size(); ++i) {
        // A key of another program's table may be NULL: no row of PostgreSQL has such a key.
        where += (i > 0 ? " AND " : " WHERE ") + quote_name(key[i]->name) + " IS NOT NULL";
        after += (i > 0 ? ",?" : "?") + std::to_string(i + 1);
    }
    if (!from_start) where += " AND (" + names(key) + ") > (" + after + ")";
    return "INSERT INTO historyd_outbox(op,tbl,pk,row) SELECT 'put'," +
           literal(qualified_name(s, r)) + "," + entry_of(key, "") + "," +
           entry_of(stored_columns(r), "") + " FROM " + quote_name(r.sqlite_name) + where +
           " ORDER BY " + names(key) + " LIMIT " + std::to_string(rows);
}

std::string column_list(const schema::relation& r) {
    std::string out;
    for (const auto& c : r.columns) {
        if (!out.empty()) out += ',';
        out += sql::quote_identifier(c.name) + " " + types::format_type(c.type);
    }
    return out;
}

}  // namespace historyd::outbox
