#include "storage/replicator/row_group.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "storage/base/quoted.hpp"

namespace historyd::replicator {

namespace {

using outbox::change;
using outbox::change_op;

std::string key_text(const change& c) {
    std::string out;
    for (const auto& k : c.key) {
        const auto text = value_text(k.value);
        out += text ? std::to_string(text->size()) + ":" + *text : "-";
    }
    return out;
}

bool touches_key(const change& c) {
    return std::ranges::any_of(c.row, [&](const auto& v) {
        return std::ranges::any_of(c.key, [&](const auto& k) { return k.column == v.column; });
    });
}

// A column that is here and not there.
sql_error missing_column(const remote_table& t, const std::string& column) {
    return {sqlstate::undefined_column, "column " + quote_name(column) + " of " + t.sql_name() +
                                            " is in the SQLite file and not on the backend"};
}

class grouping {
public:
    explicit grouping(const remote_tables& tables) : tables_(tables) {}

    result<void> add(const change& c) {
        const auto& table = tables_.find(c.table)->second;
        auto& at = last_[&table];
        // A key that changes may be another row's key: such an update keeps its place.
        const bool alone = c.op == change_op::update && touches_key(c);
        if (at.used && !alone && joins(at, c, table)) {
            groups_[at.group].changes.push_back(&c);
            return {};
        }
        row_group g{.op = c.op, .table = &table, .key = {}, .columns = {}, .changes = {&c}};
        for (const auto& k : c.key) {
            if (table.find(k.column) == nullptr) return missing_column(table, k.column);
            g.key.push_back(k.column);
        }
        for (const auto& v : c.row) {
            const auto* column = table.find(v.column);
            if (column == nullptr) return missing_column(table, v.column);
            if (!column->generated) g.columns.push_back(v.column);
        }
        groups_.push_back(std::move(g));
        at.used = true;
        at.closed = alone;
        at.group = groups_.size() - 1;
        at.keys = {key_text(c)};
        at.first = &c;
        return {};
    }

    std::vector<row_group> take() { return std::move(groups_); }

private:
    struct last_group {
        bool used = false, closed = false;
        std::size_t group = 0;
        const change* first = nullptr;
        std::unordered_set<std::string> keys;
    };

    bool joins(last_group& at, const change& c, const remote_table& table) {
        if (at.closed || at.first->op != c.op) return false;
        if (table.has_foreign_keys) {
            if (at.group + 1 != groups_.size()) return false;
        } else if (groups_[at.group].changes.size() == group_rows_max) {
            return false;
        }
        const auto same_column = [](const auto& a, const auto& b) { return a.column == b.column; };
        if (!std::ranges::equal(at.first->row, c.row, same_column) ||
            !std::ranges::equal(at.first->key, c.key, same_column)) {
            return false;
        }
        return c.key.empty() || at.keys.insert(key_text(c)).second;
    }

    const remote_tables& tables_;
    std::vector<row_group> groups_;
    std::unordered_map<const remote_table*, last_group> last_;
};

}  // namespace

result<std::vector<row_group>> group_rows(std::span<const change* const> changes,
                                          const remote_tables& tables) {
    grouping g(tables);
    for (const auto* c : changes) {
        if (auto added = g.add(*c); !added) return added.error();
    }
    return g.take();
}

}  // namespace historyd::replicator
