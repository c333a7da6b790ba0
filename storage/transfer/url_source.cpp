#include <array>
#include <charconv>

#include "storage/base/quoted.hpp"
#include "storage/transfer/layout.hpp"
#include "storage/transfer/pg_tables.hpp"
#include "storage/transfer/row_source.hpp"
#include "storage/transfer/sqlite_name.hpp"
#include "storage/types/copy_format.hpp"

namespace historyd::transfer {

namespace {

constexpr std::size_t row_bytes_max = 1 << 30;
// As in a file: the older tables first.
constexpr std::array<std::string_view, 5> table_order{"old_history", "history_old", "history",
                                                      "messages", "memory_history"};

struct part {
    layout columns;
    std::string copy;
};

// Everything is read in one transaction, which sees one state of the database.
class url_source : public row_source {
public:
    explicit url_source(pg_connection connection)
        : connection_(std::move(connection)), reader_({}, row_bytes_max) {}

    result<void> open() {
        auto begun = connection_.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        if (!begun) return begun.error();
        const auto found = read_pg_tables(connection_);
        if (!found) return found.error();
        for (const auto name : table_order) {
            const auto at = found->find(std::string(name));
            if (at == found->end()) continue;
            if (auto added = add(at->first, names_of(at->second)); !added) return added;
        }
        if (!parts_.empty()) return {};
        return sql_error(sqlstate::undefined_table, name() + " has none of mem0's tables")
            .with_hint("They are history, messages and memory_history.");
    }

    const std::string& name() const override { return connection_.name(); }

    result<bool> next(record& out) override {
        while (at_ < parts_.size()) {
            if (!copying_) {
                auto begun = connection_.begin_copy_out(parts_[at_].copy);
                if (!begun) return begun.error();
                copying_ = true;
            }
            std::string_view line;
            auto more = connection_.get(line);
            if (!more) return more.error();
            if (*more) {
                if (auto taken = take(line, out); !taken) return taken.error();
                ++read_;
                return true;
            }
            copying_ = false;
            ++at_;
        }
        return false;
    }

    result<void> rewind() override {
        at_ = 0;
        read_ = 0;
        return {};
    }

    double progress() const override {
        return total_ == 0 ? 1.0 : static_cast<double>(read_) / static_cast<double>(total_);
    }

private:
    result<void> add(const std::string& table, const std::vector<std::string>& columns) {
        const auto found = layout_of(table, columns);
        if (!found) return {};
        std::string list, where, order;
        for (const auto& c : columns) list += (list.empty() ? "" : ", ") + quote_name(c);
        if (found->table == 0) {
            for (const auto& older : older_tables_) {
                where +=
                    (where.empty() ? " WHERE " : " AND ") +
                    ("NOT EXISTS (SELECT 1 FROM " + quote_name(older) + " o WHERE o.id = t.id)");
            }
            older_tables_.push_back(table);
        } else {
            order = " ORDER BY created_at";  // mem0 goes by the order they were stored in
        }
        auto count = connection_.execute("SELECT count(*) FROM " + quote_name(table));
        if (!count) return count.error();
        const std::string_view text = PQgetvalue(count->get(), 0, 0);
        std::int64_t rows = 0;
        std::from_chars(text.data(), text.data() + text.size(), rows);
        total_ += rows;
        parts_.push_back({.columns = *found,
                          .copy = "COPY (SELECT " + list + " FROM " + quote_name(table) + " t" +
                                  where + order + ") TO STDOUT"});
        return {};
    }

    result<void> take(std::string_view line, record& out) {
        reader_.push(line);
        auto row = reader_.next();
        if (!row) return row.error();
        if (!*row) return sql_error(sqlstate::bad_copy_file_format, "half a row came");
        views_.clear();
        for (const auto& field : **row) {
            views_.push_back(field ? value_view(std::string_view(*field)) : value_view());
        }
        const auto& columns = parts_[at_].columns;
        for (const auto& sources : columns.sources) {
            for (const auto position : sources) {
                if (position < views_.size()) continue;
                return sql_error(sqlstate::bad_copy_file_format, "a row with too few fields came");
            }
        }
        assemble(columns, views_, out);
        return {};
    }

    pg_connection connection_;
    types::copy_reader reader_;
    std::vector<part> parts_;
    std::vector<std::string> older_tables_;
    std::vector<value_view> views_;
    std::size_t at_ = 0;
    bool copying_ = false;
    std::int64_t read_ = 0, total_ = 0;
};

}  // namespace

result<source_ptr> open_url_source(const std::string& url) {
    auto connection = pg_connection::connect(url);
    if (!connection) return connection.error();
    auto source = std::make_unique<url_source>(std::move(*connection));
    if (auto opened = source->open(); !opened) return opened.error();
    return source_ptr(std::move(source));
}

}  // namespace historyd::transfer
