#include "storage/outbox/table_capture.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "storage/base/quoted.hpp"
#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/entry_text.hpp"
#include "storage/outbox/table_text.hpp"
#include "storage/sql/translate/expr.hpp"

namespace historyd::outbox {

namespace {

constexpr std::size_t rows_at_once = 500;
constexpr std::string_view default_path = "public";

constexpr std::array<std::string_view, 4> phase_names{"waiting", "copying", "done", "keyless"};

std::string phase_text(table_phase p) {
    return std::string(phase_names.at(static_cast<std::size_t>(p)));
}

// A phase that nobody knows: its rows are queued (again).
table_phase phase_of(std::string_view text) {
    const auto found = std::ranges::find(phase_names, text);
    return found == phase_names.end() ? table_phase::waiting
                                      : static_cast<table_phase>(found - phase_names.begin());
}

sql_error no_key(const schema::relation& r) {
    return sql_error(sqlstate::feature_not_supported,
                     "table \"" + r.name + "\" has no primary key and cannot be forwarded")
        .with_hint("Declare a PRIMARY KEY in CREATE TABLE, or run without [backend].");
}

// The columns that are in `now` and not in `before`; nullopt when more than that has changed.
std::optional<std::vector<const schema::column*>> added_columns(const schema::relation& now,
                                                                const std::string& before) {
    const auto text = column_list(now);
    if (!text.starts_with(before) || (text.size() > before.size() && text[before.size()] != ',')) {
        return std::nullopt;
    }
    std::vector<const schema::column*> out;
    schema::relation so_far;
    for (const auto& c : now.columns) {
        so_far.columns.push_back(c);
        if (column_list(so_far).size() > before.size()) out.push_back(&c);
    }
    return out;
}

bool brings_values(const std::vector<const schema::column*>& columns) {
    return std::ranges::any_of(
        columns, [](const auto* c) { return c->default_sql.has_value() || c->identity != 0; });
}

}  // namespace

result<void> table_capture::load() {
    tables_.clear();
    auto rows = catalog::query(
        db_, "SELECT sqlite_name, tbl, columns, phase, last_key FROM historyd_captured");
    if (!rows) return rows.error();
    for (const auto& values : *rows) {
        const catalog::stored_row row(values);
        tables_[row.text(0)] = {row.text(1), row.text(2), phase_of(row.text(3)), row.text(4)};
    }
    return {};
}

result<table_capture::triggers_there> table_capture::find_triggers(sqlite::database& db) {
    auto rows = catalog::query(db,
                               "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = "
                               "'trigger' AND name LIKE 'historyd\\_%' ESCAPE '\\'");
    if (!rows) return rows.error();
    triggers_there out;
    for (const auto& values : *rows) {
        const catalog::stored_row row(values);
        out[row.text(0)] = {row.text(1), row.text(2)};
    }
    return out;
}

result<void> table_capture::remove_triggers(sqlite::database& db) {
    auto there = find_triggers(db);
    if (!there) return there.error();
    for (const auto& [name, trigger] : *there) {
        if (auto gone = db.run("DROP TRIGGER " + quote_name(name)); !gone) return gone;
    }
    return {};
}

result<void> table_capture::save(const std::string& sqlite_name, captured c) {
    auto done = db_.execute(
        "INSERT OR REPLACE INTO historyd_captured VALUES (?1,?2,?3,?4,?5)",
        std::vector<value>{sqlite_name, c.table, c.columns, phase_text(c.phase), c.last_key},
        nullptr);
    if (!done) return done.error();
    tables_[sqlite_name] = std::move(c);
    return {};
}

result<bool> table_capture::is_empty(const schema::relation& r) {
    auto row = catalog::query(db_, "SELECT 1 FROM " + quote_name(r.sqlite_name) + " LIMIT 1");
    if (!row) return row.error();
    return row->empty();
}

result<void> table_capture::install(const schema::schema& s, const schema::relation& r,
                                    table_phase phase) {
    for (const auto& old : capture_triggers(s, r, table_phase::done)) {
        auto gone = db_.run("DROP TRIGGER IF EXISTS " + quote_name(old.name));
        if (!gone) return gone;
    }
    for (const auto& t : capture_triggers(s, r, phase)) {
        if (auto made = db_.run(t.sql); !made) return made;
    }
    return {};
}

result<void> table_capture::follow(const schema::schema& s, schema_author author) {
    auto there = find_triggers(db_);
    if (!there) return there.error();
    if (auto done = forget_dropped(s, author); !done) return done;
    auto left = *there;
    for (const auto* r : parents_first(s)) {
        if (r->primary_key() == nullptr) {
            if (auto told = leave_behind(s, *r, author); !told) return told;
            continue;
        }
        if (auto done = follow_table(s, *r, author, *there); !done) return done;
        for (const auto& t : capture_triggers(s, *r, table_phase::done)) left.erase(t.name);
    }
    // A table that was renamed took its triggers along.
    for (const auto& [name, trigger] : left) {
        if (auto gone = db_.run("DROP TRIGGER IF EXISTS " + quote_name(name)); !gone) {
            return gone;
        }
    }
    return {};
}

result<void> table_capture::leave_behind(const schema::schema& s, const schema::relation& r,
                                         schema_author author) {
    const auto known = tables_.find(r.sqlite_name);
    const bool was_there = known != tables_.end() && known->second.phase == table_phase::keyless;
    if (author == schema_author::ourselves && !was_there) return no_key(r);
    if (author != schema_author::ourselves) {
        spdlog::warn("table \"{}\" has no primary key: its rows are not forwarded", r.name);
    }
    return save(r.sqlite_name, {.table = qualified_name(s, r),
                                .columns = column_list(r),
                                .phase = table_phase::keyless,
                                .last_key = {}});
}

result<void> table_capture::follow_table(const schema::schema& s, const schema::relation& r,
                                         schema_author author, const triggers_there& there) {
    const auto known = tables_.find(r.sqlite_name);
    if (known == tables_.end() || known->second.phase == table_phase::keyless) {
        return adopt(s, r, author);
    }
    const auto before = known->second;
    // A table that was dropped took its triggers with it, one that was renamed has them elsewhere.
    const bool same_columns =
        before.columns == column_list(r) && before.table == qualified_name(s, r);
    bool same_table = true, same_triggers = true;
    for (const auto& t : capture_triggers(s, r, before.phase)) {
        const auto found = there.find(t.name);
        same_table = same_table && found != there.end() && found->second.table == r.sqlite_name;
        same_triggers = same_triggers && same_table && found->second.sql == t.sql;
    }
    if (same_columns && same_triggers) return {};
    auto now = before;
    now.table = qualified_name(s, r);
    now.columns = column_list(r);
    bool send_rows = false;
    if (author == schema_author::ourselves) {
        // The statement brings the backend's rows along, but for values it computed here.
        const auto added = added_columns(r, before.columns);
        send_rows = !added || brings_values(*added);
    } else if (author == schema_author::unknown) {
        send_rows = true;
        for (const auto& text : table_definition(s, r)) {
            auto told = journal_.add_statement(change_op::ddl, default_path, text);
            if (!told) return told;
        }
    } else if (!same_table || !same_columns) {
        send_rows = true;
        if (auto told = changed_by_others(s, r, before, !same_table); !told) return told;
    }
    if (send_rows) {
        now.phase = table_phase::waiting;
        now.last_key.clear();
    }
    auto empty = is_empty(r);
    if (!empty) return empty.error();
    if (*empty) now.phase = table_phase::done;
    if (auto installed = install(s, r, now.phase); !installed) return installed;
    return save(r.sqlite_name, std::move(now));
}

// A table that had no triggers yet.
result<void> table_capture::adopt(const schema::schema& s, const schema::relation& r,
                                  schema_author author) {
    std::vector<std::string> texts;
    const bool is_there = author == schema_author::backend;
    if (author != schema_author::ourselves && !is_there) {
        texts = table_definition(s, r);
    } else if (auto index = history_index(s, r); !index.empty()) {
        texts.push_back(std::move(index));
    }
    for (const auto& text : texts) {
        auto told = journal_.add_statement(change_op::ddl, default_path, text);
        if (!told) return told;
    }
    auto empty = is_empty(r);
    if (!empty) return empty.error();
    captured c{
        .table = qualified_name(s, r), .columns = column_list(r), .phase = {}, .last_key = {}};
    c.phase = *empty || is_there ? table_phase::done : table_phase::waiting;
    if (auto installed = install(s, r, c.phase); !installed) return installed;
    return save(r.sqlite_name, std::move(c));
}

// Another program dropped a table and made it again (mem0's reset), or altered it: what is in it
// now has not been seen, and what was in one that was dropped is gone.
result<void> table_capture::changed_by_others(const schema::schema& s, const schema::relation& r,
                                              const captured& before, bool made_anew) {
    spdlog::info("table \"{}\" was {} by another program: its rows are sent again", r.name,
                 made_anew ? "made anew" : "altered");
    const auto added = added_columns(r, before.columns);
    std::vector<std::string> texts;
    if (!added) texts.push_back("DROP TABLE IF EXISTS " + before.table);
    for (auto& text : table_definition(s, r)) texts.push_back(std::move(text));
    if (added) {
        for (const auto* c : *added) texts.push_back(add_column(s, r, *c));
    }
    for (const auto& text : texts) {
        auto told = journal_.add_statement(change_op::ddl, default_path, text);
        if (!told) return told;
    }
    if (!added || !made_anew) return {};
    return journal_.add_statement(change_op::truncate, default_path,
                                  "TRUNCATE TABLE " + before.table);
}

result<void> table_capture::forget_dropped(const schema::schema& s, schema_author author) {
    std::vector<std::string> gone;
    for (const auto& [name, c] : tables_) {
        const bool there = std::ranges::any_of(s.relations, [&](const auto& r) {
            return r->sqlite_name == name && r->kind == schema::relation_kind::table;
        });
        if (!there) gone.push_back(name);
    }
    for (const auto& name : gone) {
        if (author == schema_author::others && tables_[name].phase != table_phase::keyless) {
            auto told = journal_.add_statement(change_op::ddl, default_path,
                                               "DROP TABLE IF EXISTS " + tables_[name].table);
            if (!told) return told;
        }
        auto done = db_.execute("DELETE FROM historyd_captured WHERE sqlite_name = ?1",
                                std::vector<value>{name}, nullptr);
        if (!done) return done.error();
        tables_.erase(name);
    }
    return {};
}

bool table_capture::has_rows_left(const captured& c) {
    return c.phase == table_phase::waiting || c.phase == table_phase::copying;
}

bool table_capture::has_rows_to_queue() const {
    return std::ranges::any_of(tables_, [](const auto& t) { return has_rows_left(t.second); });
}

result<void> table_capture::queue_rows(const schema::schema& s) {
    for (const auto* r : parents_first(s)) {
        const auto known = tables_.find(r->sqlite_name);
        if (known == tables_.end() || !has_rows_left(known->second)) continue;
        auto now = known->second;
        if (now.phase == table_phase::waiting) {
            now.phase = table_phase::copying;
            if (auto installed = install(s, *r, now.phase); !installed) return installed;
        }
        auto key = decode_entry(now.last_key);
        if (!key) return key.error();
        const bool from_start = key->empty();
        std::vector<value> after;
        for (auto& v : *key) after.push_back(std::move(v.value));
        auto queued = db_.execute(queue_rows_sql(s, *r, from_start, rows_at_once), after, nullptr);
        if (!queued) return queued.error();
        if (*queued < static_cast<std::int64_t>(rows_at_once)) {
            now.phase = table_phase::done;
            if (auto installed = install(s, *r, now.phase); !installed) return installed;
        } else {
            auto last =
                catalog::query(db_, "SELECT pk FROM historyd_outbox ORDER BY seq DESC LIMIT 1");
            if (!last) return last.error();
            now.last_key = catalog::stored_row(last->at(0)).text(0);
        }
        if (now.phase == table_phase::done)
            spdlog::info("table \"{}\": all rows are in the outbox", r->name);
        return save(r->sqlite_name, std::move(now));
    }
    return {};
}

result<void> table_capture::queue_everything(const schema::schema& s) {
    for (const auto* r : parents_first(s)) {
        const auto known = tables_.find(r->sqlite_name);
        if (known == tables_.end() || known->second.phase == table_phase::keyless) continue;
        auto now = known->second;
        now.phase = table_phase::waiting;
        now.last_key.clear();
        for (const auto& text : table_definition(s, *r)) {
            auto told = journal_.add_statement(change_op::ddl, default_path, text);
            if (!told) return told;
        }
        if (auto installed = install(s, *r, now.phase); !installed) return installed;
        if (auto saved = save(r->sqlite_name, std::move(now)); !saved) return saved;
    }
    return {};
}

}  // namespace historyd::outbox
