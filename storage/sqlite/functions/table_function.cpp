#include "storage/sqlite/functions/table_function.hpp"

#include <string>

#include "storage/sqlite/function_error.hpp"

namespace historyd::sqlite {
namespace {

struct module_data {
    database* db;
    const table_function* function;
};

struct table : sqlite3_vtab {
    module_data data{};
};

struct cursor : sqlite3_vtab_cursor {
    row_source_ptr rows;
    std::vector<value> row;
    std::int64_t ordinal = 0;
    bool at_end = true;
};

const table& table_of(sqlite3_vtab_cursor* c) { return *static_cast<table*>(c->pVtab); }

int fail(sqlite3_vtab* t, const sql_error& error) {
    set_table_error(t, error);
    return SQLITE_ERROR;
}

int connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char**) {
    const auto& data = *static_cast<module_data*>(aux);
    std::string declaration = "CREATE TABLE x(";
    for (const char* column : data.function->columns) {
        declaration += '"' + std::string(column) + "\", ";
    }
    declaration += "ordinality";
    for (int i = 0; i < data.function->arguments; ++i) {
        declaration += ", argument" + std::to_string(i + 1) + " HIDDEN";
    }
    declaration += ')';
    if (const int code = sqlite3_declare_vtab(db, declaration.c_str()); code != SQLITE_OK) {
        return code;
    }
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    auto made = std::make_unique<table>();
    made->data = data;
    *out = made.release();
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* t) {
    const std::unique_ptr<table> gone(static_cast<table*>(t));
    return SQLITE_OK;
}

// The one plan there is: every argument is known before the scan starts.
int best_index(sqlite3_vtab* t, sqlite3_index_info* info) {
    const auto& f = *static_cast<table*>(t)->data.function;
    const int first_hidden = static_cast<int>(f.columns.size()) + 1;
    int found = 0;
    for (int i = 0; i < info->nConstraint; ++i) {
        const auto& constraint = info->aConstraint[i];
        if (constraint.iColumn < first_hidden || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) {
            continue;
        }
        if (constraint.usable == 0) return SQLITE_CONSTRAINT;
        info->aConstraintUsage[i].argvIndex = constraint.iColumn - first_hidden + 1;
        info->aConstraintUsage[i].omit = 1;
        ++found;
    }
    if (found != f.arguments) {
        return fail(t, sql_error(sqlstate::internal_error,
                                 std::string(f.name) + ": wrong number of arguments"));
    }
    info->estimatedCost = 100;
    info->estimatedRows = 100;
    return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    *out = std::make_unique<cursor>().release();
    return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* c) {
    const std::unique_ptr<cursor> gone(static_cast<cursor*>(c));
    return SQLITE_OK;
}

int advance(cursor& c) {
    auto more = c.rows->next(c.row);
    if (!more) return fail(c.pVtab, more.error());
    c.at_end = !*more;
    ++c.ordinal;
    return SQLITE_OK;
}

// No exception may pass through SQLite's frames.
template <class Action>
int guarded(Action action) {
    try {
        return action();
    } catch (...) {
        return SQLITE_NOMEM;
    }
}

int filter(sqlite3_vtab_cursor* base, int, const char*, int count, sqlite3_value** arguments) {
    return guarded([&] {
        auto& c = *static_cast<cursor*>(base);
        const auto& data = table_of(base).data;
        const function_call call(*data.db, count, arguments);
        c.ordinal = 0;
        c.at_end = true;
        if (data.function->strict && call.any_null()) return SQLITE_OK;
        auto rows = data.function->open(call);
        if (!rows) return fail(base->pVtab, rows.error());
        c.rows = std::move(*rows);
        return advance(c);
    });
}

int next(sqlite3_vtab_cursor* base) {
    return guarded([&] { return advance(*static_cast<cursor*>(base)); });
}

int eof(sqlite3_vtab_cursor* base) { return static_cast<cursor*>(base)->at_end ? 1 : 0; }

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
    const auto& c = *static_cast<cursor*>(base);
    const auto visible = table_of(base).data.function->columns.size();
    const auto at = static_cast<std::size_t>(index);
    if (at == visible) {
        sqlite3_result_int64(context, c.ordinal);
    } else if (at < visible && at < c.row.size()) {
        const auto& v = c.row[at];
        if (const auto* text = std::get_if<std::string>(&v)) {
            sqlite3_result_text64(context, text->data(), text->size(), SQLITE_TRANSIENT,
                                  SQLITE_UTF8);
        } else if (const auto* bytes = std::get_if<blob>(&v)) {
            sqlite3_result_blob64(context, bytes->bytes.data(), bytes->bytes.size(),
                                  SQLITE_TRANSIENT);
        } else if (const auto* integer = std::get_if<std::int64_t>(&v)) {
            sqlite3_result_int64(context, *integer);
        } else if (const auto* real = std::get_if<double>(&v)) {
            sqlite3_result_double(context, *real);
        }
    }
    return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* out) {
    *out = static_cast<cursor*>(base)->ordinal;
    return SQLITE_OK;
}

// No xCreate: the tables exist in every database under their own name.
constexpr sqlite3_module table_function_module = {
    .iVersion = 0,
    .xCreate = nullptr,
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xDestroy = nullptr,
    .xOpen = open,
    .xClose = close,
    .xFilter = filter,
    .xNext = next,
    .xEof = eof,
    .xColumn = column,
    .xRowid = row_id,
    .xUpdate = nullptr,
    .xBegin = nullptr,
    .xSync = nullptr,
    .xCommit = nullptr,
    .xRollback = nullptr,
    .xFindFunction = nullptr,
    .xRename = nullptr,
    .xSavepoint = nullptr,
    .xRelease = nullptr,
    .xRollbackTo = nullptr,
    .xShadowName = nullptr,
};

class stored_rows : public row_source {
public:
    explicit stored_rows(std::vector<std::vector<value>> rows) : rows_(std::move(rows)) {}
    result<bool> next(std::vector<value>& row) override {
        if (next_ == rows_.size()) return false;
        row = std::move(rows_[next_++]);
        return true;
    }

private:
    std::vector<std::vector<value>> rows_;
    std::size_t next_ = 0;
};

}  // namespace

row_source_ptr known_rows(std::vector<std::vector<value>> rows) {
    return std::make_unique<stored_rows>(std::move(rows));
}

row_source_ptr known_values(std::vector<value> values) {
    std::vector<std::vector<value>> rows;
    rows.reserve(values.size());
    for (auto& v : values) {
        rows.emplace_back();
        rows.back().push_back(std::move(v));
    }
    return known_rows(std::move(rows));
}

result<void> add_functions(database& db, std::span<const table_function> functions) {
    for (const auto& f : functions) {
        const int code = sqlite3_create_module_v2(
            db.handle(), f.name, &table_function_module, new module_data{&db, &f},
            [](void* data) { delete static_cast<module_data*>(data); });
        if (code != SQLITE_OK) {
            return sql_error(sqlstate::internal_error, std::string("cannot register ") + f.name +
                                                           ": " + sqlite3_errstr(code));
        }
    }
    return {};
}

}  // namespace historyd::sqlite
