#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "storage/base/quoted.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sqlite/backup.hpp"
#include "storage/sqlite/file_lock.hpp"
#include "storage/sqlite/functions/register.hpp"
#include "storage/transfer/layout.hpp"
#include "storage/transfer/row_target.hpp"
#include "storage/transfer/sqlite_name.hpp"

namespace historyd::transfer {

namespace {

// Tables as mem0 itself makes them (Python 2.x, Node 3.x).
std::string create_statement(const table& t) {
    const bool numbered = t.name == "memory_history";
    std::string columns;
    for (const auto& c : t.columns) {
        const std::string type = c.kind == column_kind::flag      ? "INTEGER"
                                 : c.kind == column_kind::instant ? (numbered ? "TEXT" : "DATETIME")
                                                                  : "TEXT";
        columns += (columns.empty() ? "" : ", ") + std::string(c.name) + " ";
        if (c.name == "id") {
            columns += numbered ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "TEXT PRIMARY KEY";
        } else {
            columns += type;
            if (numbered && (c.name == "memory_id" || c.name == "action")) columns += " NOT NULL";
            if (numbered && c.kind == column_kind::flag) columns += " DEFAULT 0";
        }
    }
    return "CREATE TABLE " + std::string(t.name) + " (" + columns + ")";
}

value value_of(const column& c, const std::optional<std::string>& field) {
    if (!field) return {};
    if (c.kind == column_kind::flag && (*field == "0" || *field == "1")) {
        return std::int64_t{*field == "1"};
    }
    return *field;
}

struct prepared_table {
    row_identity identity = row_identity::whole;
    std::string select, insert;
    layout found;
};

class sqlite_target : public row_target {
public:
    sqlite_target(std::string name, std::unique_ptr<sqlite::database> db,
                  std::optional<sqlite::file_lock> lock)
        : name_(std::move(name)), lock_(std::move(lock)), db_(std::move(db)) {}

    const std::string& name() const override { return name_; }
    bool takes_defects() const override { return true; }

    result<row_identity> prepare(std::size_t index, bool dry_run) override {
        const auto& t = tables()[index];
        auto columns = columns_of(*db_, std::string(t.name));
        if (!columns) return columns.error();
        if (columns->empty() && dry_run) return row_identity::whole;
        if (columns->empty()) {
            if (auto made = db_->run(create_statement(t)); !made) return made.error();
            columns = columns_of(*db_, std::string(t.name));
            if (!columns) return columns.error();
        }
        for (const auto& c : t.columns) {
            if (std::ranges::find(*columns, c.name) != columns->end()) continue;
            return sql_error(sqlstate::feature_not_supported,
                             name_ + ": its table " + std::string(t.name) +
                                 " is of an older mem0: there is no column " + std::string(c.name))
                .with_hint("Put both into a new file: historyd import " + name_ +
                           " OTHER --into NEW.db");
        }
        auto numbered = is_numbered(t);
        if (!numbered) return numbered.error();
        auto& p = prepared_[index];
        p.identity = *numbered ? row_identity::without_id : row_identity::whole;
        settle(t, p);
        return p.identity;
    }

    result<std::vector<std::optional<record>>> find(std::span<const record> batch) override {
        std::vector<std::optional<record>> out(batch.size());
        const auto at = prepared_.find(batch.front().table);
        if (at == prepared_.end()) return out;
        const auto& p = at->second;
        auto statement = db_->prepare(p.select);
        if (!statement) return statement.error();
        const std::size_t key = p.identity == row_identity::whole ? 0 : 1;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const std::array<value, 1> parameters{
                value_of(tables()[batch[i].table].columns[key], batch[i].fields[key])};
            if (auto bound = statement->bind(parameters); !bound) return bound.error();
            for (;;) {
                auto stepped = statement->step();
                if (!stepped) return stepped.error();
                if (!*stepped) break;
                record found;
                assemble(p.found, statement->row(), found);
                if (p.identity == row_identity::without_id &&
                    row_hash(found, p.identity) != row_hash(batch[i], p.identity)) {
                    continue;
                }
                out[i] = std::move(found);
            }
            statement->reset();
        }
        return out;
    }

    result<std::size_t> insert(std::span<const record> batch) override {
        if (auto begun = db_->run("BEGIN IMMEDIATE"); !begun) return begun.error();
        auto stored = insert_rows(batch);
        if (stored) stored = db_->run("COMMIT");
        if (stored) return 0;
        if (!db_->in_autocommit()) (void)db_->run("ROLLBACK");
        return stored.error();
    }

    result<void> finish() override { return {}; }

private:
    result<bool> is_numbered(const table& t) {
        value_rows type;
        const std::vector<value> parameters{std::string(t.name)};
        auto read = db_->execute("SELECT upper(type) FROM pragma_table_info(?1) WHERE name = 'id'",
                                 parameters, &type);
        if (!read) return read.error();
        return type.rows.at(0).at(0) == value("INTEGER");
    }

    static void settle(const table& t, prepared_table& p) {
        std::string list, placeholders;
        std::vector<std::string> names;
        int n = 0;
        for (const auto& c : t.columns) {
            names.emplace_back(c.name);
            if (c.name == "id" && p.identity == row_identity::without_id) continue;
            list += (n == 0 ? "" : ", ") + quote_name(c.name);
            placeholders += (n == 0 ? "?" : ", ?") + std::to_string(n + 1);
            ++n;
        }
        std::string all;
        for (const auto& name : names) all += (all.empty() ? "" : ", ") + quote_name(name);
        const auto key = p.identity == row_identity::whole ? 0u : 1u;
        p.found = *layout_of(t.name, names);
        p.select = "SELECT " + all + " FROM " + quote_name(t.name) + " WHERE " +
                   quote_name(t.columns[key].name) + " IS ?1";
        p.insert =
            "INSERT INTO " + quote_name(t.name) + " (" + list + ") VALUES (" + placeholders + ")";
    }

    result<void> insert_rows(std::span<const record> batch) {
        const auto& p = prepared_.at(batch.front().table);
        const auto columns = tables()[batch.front().table].columns;
        auto statement = db_->prepare(p.insert);
        if (!statement) return statement.error();
        std::vector<value> parameters;
        for (const auto& r : batch) {
            parameters.clear();
            for (std::size_t i = p.identity == row_identity::whole ? 0 : 1; i < columns.size();
                 ++i) {
                parameters.push_back(value_of(columns[i], r.fields[i]));
            }
            if (auto bound = statement->bind(parameters); !bound) return bound;
            if (auto stepped = statement->step(); !stepped) return stepped.error();
            statement->reset();
        }
        return {};
    }

    std::string name_;
    std::optional<sqlite::file_lock> lock_;
    std::unique_ptr<sqlite::database> db_;
    std::map<std::size_t, prepared_table> prepared_;
};

result<void> copy_first(const std::string& file, sqlite::database& db,
                        std::span<const sqlite::database::extension> functions) {
    auto copy = file + ".before-import";
    for (int n = 2; std::filesystem::exists(copy); ++n) {
        copy = file + ".before-import." + std::to_string(n);
    }
    if (auto made = sqlite::back_up(db, copy, functions); !made) return made;
    spdlog::info("what {} was is kept in {}", file, copy);
    return {};
}

}  // namespace

result<target_ptr> open_sqlite_target(const std::string& file, bool dry_run) {
    const std::array<sqlite::database::extension, 1> functions{sqlite::register_functions};
    std::error_code ignored;
    const bool is_new = !std::filesystem::exists(file) || std::filesystem::file_size(file) == 0;
    if (dry_run && is_new) {
        auto nothing =
            sqlite::database::open(":memory:", sqlite::open_mode::read_write_create, functions);
        if (!nothing) return nothing.error();
        return target_ptr(std::make_unique<sqlite_target>(file, std::move(*nothing), std::nullopt));
    }
    std::optional<sqlite::file_lock> lock;
    if (!dry_run) {
        auto taken = sqlite::file_lock::acquire(file);
        if (!taken) {
            auto why = taken.error();
            if (why.sqlstate != sqlstate::object_in_use) return why;
            return std::move(why).with_hint("Give the address of that historyd instead.");
        }
        lock.emplace(std::move(*taken));
    }
    auto db = sqlite::database::open(
        file, dry_run ? sqlite::open_mode::read_only : sqlite::open_mode::read_write_create,
        functions);
    if (!db) return db.error();
    if (!dry_run && !is_new) {
        if (auto copied = copy_first(file, **db, functions); !copied) return copied.error();
    }
    return target_ptr(std::make_unique<sqlite_target>(file, std::move(*db), std::move(lock)));
}

}  // namespace historyd::transfer
