#include <algorithm>
#include <array>

#include "storage/base/quoted.hpp"
#include "storage/base/value_rows.hpp"
#include "storage/sqlite/functions/register.hpp"
#include "storage/transfer/layout.hpp"
#include "storage/transfer/row_source.hpp"
#include "storage/transfer/sqlite_name.hpp"

namespace historyd::transfer {

namespace {

// A half-finished migration of mem0 leaves the rows in the older table, and of those that it had
// copied a second, poorer, one in the newer: the older table is read first, and wins.
constexpr std::array<std::string_view, 5> table_order{"old_history", "history_old", "history",
                                                      "messages", "memory_history"};

struct part {
    layout columns;
    std::string select;
    std::int64_t rows = 0;
};

class sqlite_source : public row_source {
public:
    sqlite_source(std::string name, std::unique_ptr<sqlite::database> db)
        : name_(std::move(name)), db_(std::move(db)) {}

    result<void> open() {
        if (auto begun = db_->run("BEGIN"); !begun) return begun;
        for (const auto table : table_order) {
            if (auto added = add(std::string(table)); !added) return added;
        }
        if (!parts_.empty()) return {};
        return sql_error(sqlstate::undefined_table, "\"" + name_ + "\" has none of mem0's tables")
            .with_hint("They are history, messages and memory_history.");
    }

    const std::string& name() const override { return name_; }

    result<bool> next(record& out) override {
        while (at_ < parts_.size()) {
            if (!statement_) {
                auto ready = db_->prepare(parts_[at_].select);
                if (!ready) return ready.error();
                statement_ = std::move(*ready);
            }
            auto stepped = statement_.step();
            if (!stepped) return stepped.error();
            if (*stepped) {
                assemble(parts_[at_].columns, statement_.row(), out);
                ++read_;
                return true;
            }
            statement_ = {};
            ++at_;
        }
        return false;
    }

    result<void> rewind() override {
        statement_ = {};
        at_ = 0;
        read_ = 0;
        return {};
    }

    double progress() const override {
        return total_ == 0 ? 1.0 : static_cast<double>(read_) / static_cast<double>(total_);
    }

private:
    result<void> add(const std::string& table) {
        const auto columns = columns_of(*db_, table);
        if (!columns) return columns.error();
        const auto found = layout_of(table, *columns);
        if (!found) return {};
        std::string list, where;
        for (const auto& c : *columns) list += (list.empty() ? "" : ", ") + quote_name(c);
        for (const auto& older : older_tables_) {
            where += (where.empty() ? " WHERE " : " AND ") +
                     ("NOT EXISTS (SELECT 1 FROM " + quote_name(older) + " o WHERE o.id = t.id)");
        }
        if (found->table != 0) where.clear();
        if (found->table == 0) older_tables_.push_back(table);
        value_rows count;
        if (auto read = db_->execute("SELECT count(*) FROM " + quote_name(table), {}, &count);
            !read) {
            return read.error();
        }
        parts_.push_back({.columns = *found,
                          .select = "SELECT " + list + " FROM " + quote_name(table) + " t" + where,
                          .rows = std::get<std::int64_t>(count.rows.at(0).at(0))});
        total_ += parts_.back().rows;
        return {};
    }

    std::string name_;
    std::unique_ptr<sqlite::database> db_;
    std::vector<part> parts_;
    std::vector<std::string> older_tables_;
    sqlite::cached_statement statement_;
    std::size_t at_ = 0;
    std::int64_t read_ = 0, total_ = 0;
};

}  // namespace

result<std::vector<std::string>> columns_of(sqlite::database& db, const std::string& table) {
    value_rows rows;
    const std::vector<value> parameters{table};
    if (auto read = db.execute("SELECT name FROM pragma_table_xinfo(?1)", parameters, &rows);
        !read) {
        return read.error();
    }
    std::vector<std::string> out;
    for (auto& row : rows.rows) out.push_back(std::get<std::string>(row.at(0)));
    return out;
}

result<source_ptr> open_sqlite_source(const std::string& file) {
    const std::array<sqlite::database::extension, 1> functions{sqlite::register_functions};
    auto db = sqlite::database::open(file, sqlite::open_mode::read_only, functions);
    if (!db) return db.error();
    auto source = std::make_unique<sqlite_source>(file, std::move(*db));
    if (auto opened = source->open(); !opened) {
        auto why = opened.error();
        if (why.message.find(file) == why.message.npos) why.message = file + ": " + why.message;
        return why;
    }
    return source_ptr(std::move(source));
}

}  // namespace historyd::transfer
