// The catalog relations as SQLite sees them: one module for all of them, one instance each.
// (SQLite documentation, "The Virtual Table Mechanism Of SQLite", eponymous-only virtual tables.)

#include "storage/catalog/virtual_table.hpp"

#include <sqlite3.h>

#include <new>
#include <optional>
#include <string>

#include "storage/catalog/placeholder.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd::catalog {

namespace {

// What a module's methods need; owned by SQLite, one per relation and connection.
struct module_data {
    sqlite::database* db;
    const relation_fact* fact;
    std::shared_ptr<catalog_rows> rows;  // shared by the connection's catalog relations
};

struct table : sqlite3_vtab {
    module_data* data;
};

struct cursor : sqlite3_vtab_cursor {
    std::shared_ptr<const row_set> kept;  // what `rows` points into, beside the fixed rows
    std::vector<const std::vector<value>*> rows;
    std::size_t at = 0;
};

types::storage_form form_of(const schema::column& column) {
    const auto* type = types::find_type(column.type.id);
    return type != nullptr ? type->form : types::storage_form::text;
}

std::string declaration(const schema::relation& relation) {
    std::string sql = "CREATE TABLE x(";
    for (const auto& column : relation.columns) {
        if (sql.back() != '(') sql += ", ";
        sql += '"' + column.name + '"';
        switch (form_of(column)) {
            case types::storage_form::integer:
                sql += " INTEGER";
                break;
            case types::storage_form::real:
                sql += " REAL";
                break;
            case types::storage_form::text:
                sql += " TEXT";
                break;
            case types::storage_form::blob:
                sql += " BLOB";
                break;
        }
    }
    return sql + ")";
}

// No exception may leave a method that SQLite calls.
template <class F>
int guarded(F body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (...) {
        return SQLITE_ERROR;
    }
}

int connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char**) {
    return guarded([&] {
        auto* data = static_cast<module_data*>(aux);
        const int declared = sqlite3_declare_vtab(db, declaration(*data->fact->relation).c_str());
        if (declared != SQLITE_OK) return declared;
        // Readable from views, which run untrusted.
        sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
        auto made = std::make_unique<table>();
        made->data = data;
        *out = made.release();
        return SQLITE_OK;
    });
}

int disconnect(sqlite3_vtab* vtab) {
    delete static_cast<table*>(vtab);
    return SQLITE_OK;
}

// How few rows an equality on the column leaves: less is better, 2 is not worth a look-up.
int rank_of(const schema::column& column) {
    if (column.name == "oid") return 0;
    return row_set::is_key(column) ? 1 : 2;
}

// idxNum is the column of the equality that is looked up, plus one; 0 for all rows.
int best_index(sqlite3_vtab* vtab, sqlite3_index_info* info) {
    constexpr double rows_all = 2000;
    constexpr double rows_of_rank[] = {1, 5};
    const auto& columns = static_cast<table*>(vtab)->data->fact->relation->columns;
    int best = -1;
    int best_rank = 2;
    for (int i = 0; i < info->nConstraint; ++i) {
        const auto& constraint = info->aConstraint[i];
        if (!constraint.usable || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ ||
            constraint.iColumn < 0 ||
            std::string_view(sqlite3_vtab_collation(info, i)) != "BINARY") {
            continue;
        }
        const int rank = rank_of(columns[static_cast<std::size_t>(constraint.iColumn)]);
        if (rank < best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    double rows = rows_all;
    if (best >= 0) {
        rows = rows_of_rank[best_rank];
        info->idxNum = info->aConstraint[best].iColumn + 1;
        info->aConstraintUsage[best].argvIndex = 1;
    }
    info->estimatedRows = static_cast<sqlite3_int64>(rows);
    info->estimatedCost = rows;
    return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    return guarded([&] {
        *out = std::make_unique<cursor>().release();
        return SQLITE_OK;
    });
}

int close(sqlite3_vtab_cursor* c) {
    delete static_cast<cursor*>(c);
    return SQLITE_OK;
}

void take_all(const row_set& from, cursor& c) {
    c.rows.reserve(c.rows.size() + from.rows().size());
    for (const auto& row : from.rows()) c.rows.push_back(&row);
}

// The value looked for, when it is of the column's own form; SQLite compares others itself, after
// its conversions, so they need every row.
std::optional<value_view> wanted_value(sqlite3_value* v, types::storage_form form) {
    switch (sqlite3_value_type(v)) {
        case SQLITE_INTEGER:
            if (form == types::storage_form::integer) return value_view(sqlite3_value_int64(v));
            break;
        case SQLITE_TEXT:
            if (form == types::storage_form::text) {
                const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(v));
                return value_view(
                    std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(v))));
            }
            break;
        default:
            break;
    }
    return std::nullopt;
}

int filter(sqlite3_vtab_cursor* base, int column_plus_one, const char*, int, sqlite3_value** argv) {
    return guarded([&] {
        auto& c = *static_cast<cursor*>(base);
        const auto& data = *static_cast<table*>(base->pVtab)->data;
        c.rows.clear();
        c.at = 0;
        c.kept = data.rows->rows(*data.fact, data.db->context());
        const auto& fixed = fixed_rows(*data.fact);
        if (column_plus_one > 0) {
            if (sqlite3_value_type(argv[0]) == SQLITE_NULL) return SQLITE_OK;
            const auto column = static_cast<std::size_t>(column_plus_one - 1);
            if (const auto wanted =
                    wanted_value(argv[0], form_of(data.fact->relation->columns[column]))) {
                fixed.find(column, *wanted, c.rows);
                if (c.kept) c.kept->find(column, *wanted, c.rows);
                return SQLITE_OK;
            }
        }
        take_all(fixed, c);
        if (c.kept) take_all(*c.kept, c);
        return SQLITE_OK;
    });
}

int next(sqlite3_vtab_cursor* base) {
    ++static_cast<cursor*>(base)->at;
    return SQLITE_OK;
}

int eof(sqlite3_vtab_cursor* base) {
    const auto& c = *static_cast<cursor*>(base);
    return c.at >= c.rows.size();
}

void result_text(sqlite3_context* context, std::string_view text) {
    // The rows may be made anew while SQLite still holds the value: it takes a copy.
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
    const auto& c = *static_cast<cursor*>(base);
    const auto v = view_of((*c.rows[c.at])[static_cast<std::size_t>(index)]);
    if (const auto* number = std::get_if<std::int64_t>(&v)) {
        sqlite3_result_int64(context, *number);
    } else if (const auto* real = std::get_if<double>(&v)) {
        sqlite3_result_double(context, *real);
    } else if (const auto* text = std::get_if<std::string_view>(&v)) {
        result_text(context, *text);
    } else if (const auto* placeholder = std::get_if<blob_view>(&v)) {
        const auto* session = static_cast<table*>(base->pVtab)->data->db->context();
        if (session != nullptr) result_text(context, resolve(*placeholder, *session));
    }
    return SQLITE_OK;  // without a result, NULL
}

int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(static_cast<cursor*>(base)->at);
    return SQLITE_OK;
}

const sqlite3_module& module_methods() {
    static const sqlite3_module methods = [] {
        sqlite3_module m{};
        m.xConnect = connect;  // no xCreate: the table exists under the module's name only
        m.xBestIndex = best_index;
        m.xDisconnect = disconnect;
        m.xOpen = open;
        m.xClose = close;
        m.xFilter = filter;
        m.xNext = next;
        m.xEof = eof;
        m.xColumn = column;
        m.xRowid = rowid;
        return m;
    }();
    return methods;
}

}  // namespace

result<void> register_virtual_tables(sqlite::database& db) {
    const auto rows = std::make_shared<catalog_rows>();
    for (const auto& fact : relation_facts()) {
        auto data = std::make_unique<module_data>(module_data{&db, &fact, rows});
        // SQLite destroys the data even when this fails.
        const int made = sqlite3_create_module_v2(
            db.handle(), fact.relation->sqlite_name.c_str(), &module_methods(), data.release(),
            [](void* p) { delete static_cast<module_data*>(p); });
        if (made != SQLITE_OK) {
            return sql_error(sqlstate::internal_error,
                             "cannot register the table " + fact.relation->sqlite_name);
        }
    }
    return {};
}

}  // namespace historyd::catalog
