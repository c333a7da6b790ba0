#include "storage/outbox/row_capture.hpp"

#include <algorithm>

#include "storage/base/quoted.hpp"
#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/capture_sql.hpp"
#include "storage/outbox/entry_text.hpp"
#include "storage/schema/own_tables.hpp"
#include "storage/sql/deparse/identifier.hpp"
#include "storage/sql/translate/expr.hpp"
#include "storage/sqlite/value_view.hpp"

namespace historyd::outbox {

namespace {

using getter = int (*)(sqlite3*, int, sqlite3_value**);

result<value_view> read(sqlite3* db, getter get, int index, bool holds_real) {
    sqlite3_value* v = nullptr;
    if (const int code = get(db, index, &v); code != SQLITE_OK) {
        return sql_error(code == SQLITE_NOMEM ? sqlstate::out_of_memory : sqlstate::internal_error,
                         "a changed row could not be read: " + std::string(sqlite3_errstr(code)));
    }
    auto out = sqlite::to_view(v);
    const auto* text = std::get_if<std::string_view>(&out);
    const auto* bytes = std::get_if<blob_view>(&out);
    if ((text != nullptr && text->data() == nullptr) ||
        (bytes != nullptr && bytes->bytes.data() == nullptr && sqlite3_value_bytes(v) > 0)) {
        return sql_error(sqlstate::out_of_memory, "out of memory");
    }
    if (holds_real) {
        if (const auto* whole = std::get_if<std::int64_t>(&out)) return double(*whole);
    }
    return out;
}

}  // namespace

row_capture::row_capture(sqlite::database& db) : db_(db) {}

row_capture::~row_capture() { sqlite3_preupdate_hook(db_.handle(), nullptr, nullptr); }

result<void> row_capture::choose(const schema::schema& s, bool settled) {
    by_hook_ = false;
    tables_.clear();
    if (settled) {
        auto suffices = hook_suffices();
        if (!suffices) return suffices.error();
        by_hook_ = *suffices;
    }
    for (const auto& r : s.relations) {
        if (!by_hook_) break;
        if (r->kind != schema::relation_kind::table || r->primary_key() == nullptr) continue;
        if (s.is_temporary(r->namespace_id)) continue;
        auto described = describe(s, *r);
        if (!described) return described.error();
        by_hook_ = described->has_value();
        if (by_hook_) tables_[r->sqlite_name] = **std::move(described);
    }
    apply();
    return {};
}

result<bool> row_capture::hook_suffices() {
    auto otherwise = catalog::query(
        db_,
        // A virtual one's module, which nothing else asks for, may be missing.
        "WITH tables(name) AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        " AND " +
            std::string(schema::is_users) +
            " AND name NOT LIKE 'pg\\_temp\\_%.%' ESCAPE '\\'"
            ") SELECT 1 FROM sqlite_schema WHERE type = 'trigger'"
            " AND name NOT LIKE 'historyd\\_%' ESCAPE '\\'"
            " UNION ALL SELECT 1 FROM tables t JOIN pragma_table_list(t.name) l"
            " WHERE l.schema = 'main' AND l.wr"
            " UNION ALL SELECT 1 FROM tables t JOIN pragma_table_xinfo(t.name) c WHERE c.hidden = 2"
            " UNION ALL SELECT 1 FROM tables t JOIN pragma_foreign_key_list(t.name) f"
            " WHERE f.on_update NOT IN ('NO ACTION', 'RESTRICT')"
            " OR f.on_delete NOT IN ('NO ACTION', 'RESTRICT') LIMIT 1");
    if (!otherwise) return otherwise.error();
    return otherwise->empty();
}

result<std::optional<row_capture::table>> row_capture::describe(const schema::schema& s,
                                                                const schema::relation& r) {
    auto columns =
        catalog::query(db_, "SELECT name, cid FROM pragma_table_xinfo(?1)", {r.sqlite_name});
    if (!columns) return columns.error();
    table out{.name = qualified_name(s, r), .key = {}, .stored = {}};
    const auto add = [&](const schema::column& c, std::vector<column>& list) {
        const auto* type = types::find_type(c.type.id);
        const auto found = std::ranges::find_if(
            *columns, [&](const auto& row) { return catalog::stored_row(row).text(0) == c.name; });
        if (found == columns->end()) return false;
        list.push_back({.index = static_cast<int>(catalog::stored_row(*found).integer(1)),
                        .label = quote_text(c.name) + ",",
                        .holds_real = type != nullptr && type->form == types::storage_form::real});
        return true;
    };
    for (const auto* c : key_columns(r)) {
        if (!add(*c, out.key)) return std::nullopt;
    }
    for (const auto* c : stored_columns(r)) {
        if (!add(*c, out.stored)) return std::nullopt;
    }
    return out;
}

// The hook is taken off where nothing is to be captured: DELETE of all rows is then a matter of
// pages. Statements prepared without it must not be run with it; run_steps() turns foreign keys
// off and on around rest() and go_on(), at which SQLite prepares everything anew.
void row_capture::apply() {
    const bool hooked = by_hook_ && !resting_, triggered = !by_hook_ && !resting_;
    const auto on_change = [](void* self, sqlite3*, int op, const char* schema, const char* name,
                              sqlite3_int64, sqlite3_int64) {
        if (std::string_view(schema) == "main") static_cast<row_capture*>(self)->see(op, name);
    };
    sqlite3_preupdate_hook(db_.handle(), hooked ? +on_change : nullptr, this);
    sqlite3_db_config(db_.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, triggered ? 1 : 0, nullptr);
}

void row_capture::rest() {
    resting_ = true;
    apply();
}

void row_capture::go_on() {
    resting_ = false;
    apply();
}

result<void> row_capture::check() {
    if (auto failed = std::exchange(failure_, std::nullopt)) return *std::move(failed);
    return {};
}

void row_capture::go_back(const marks& to) {
    rows_.go_back(to.rows);
    if (!to.failed) failure_.reset();
}

void row_capture::forget() {
    rows_.go_back(0);
    failure_.reset();
}

// SQLite called: nothing may be thrown.
void row_capture::see(int op, std::string_view sqlite_name) {
    const auto found = tables_.find(sqlite_name);
    if (found == tables_.end() || failure_) return;
    try {
        if (auto done = capture(op, found->second); !done) failure_ = done.error();
    } catch (const std::bad_alloc&) {
        failure_.emplace(sqlstate::out_of_memory, "out of memory");
    }
}

result<void> row_capture::capture(int op, const table& t) {
    auto* const db = db_.handle();
    const auto append = [&](std::string& out, const column& c, const value_view& v) {
        if (!out.empty()) out += ',';
        out += c.label;
        append_literal(out, v);
    };
    key_.clear();
    row_.clear();
    const auto key_of = op == SQLITE_INSERT ? sqlite3_preupdate_new : sqlite3_preupdate_old;
    for (const auto& c : t.key) {
        auto v = read(db, key_of, c.index, c.holds_real);
        if (!v) return v.error();
        append(key_, c, *v);
    }
    captured_row entry{
        .op = change_op::remove, .table = t.name, .key = key_, .row = {}, .has_row = false};
    if (op == SQLITE_DELETE) return rows_.add(entry);
    for (const auto& c : t.stored) {
        auto after = read(db, sqlite3_preupdate_new, c.index, c.holds_real);
        if (!after) return after.error();
        if (op == SQLITE_UPDATE) {
            auto before = read(db, sqlite3_preupdate_old, c.index, c.holds_real);
            if (!before) return before.error();
            // By bytes, as the triggers compare. 1 and 1.0 differ, which brings a column too many.
            if (*before == *after) continue;
        }
        append(row_, c, *after);
    }
    if (row_.empty()) return {};  // an update of nothing
    entry.op = op == SQLITE_INSERT ? change_op::insert : change_op::update;
    entry.row = row_;
    entry.has_row = true;
    return rows_.add(entry);
}

}  // namespace historyd::outbox
