#include "storage/sql/dml/writing_with.hpp"

#include <algorithm>

#include "storage/sql/dml/cascades.hpp"
#include "storage/sql/dml/dml.hpp"

namespace historyd::sql {

namespace {

const PgQuery__WithClause* with_of(const PgQuery__Node& statement) {
    switch (statement.node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            return statement.select_stmt->with_clause;
        case PG_QUERY__NODE__NODE_INSERT_STMT:
            return statement.insert_stmt->with_clause;
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            return statement.update_stmt->with_clause;
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            return statement.delete_stmt->with_clause;
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            return statement.merge_stmt->with_clause;
        default:
            return nullptr;
    }
}

bool is_select(const PgQuery__Node* item) {
    return item->common_table_expr->ctequery->node_case == PG_QUERY__NODE__NODE_SELECT_STMT;
}

}  // namespace

result<void> writing_with::read_items(const PgQuery__Node& statement) {
    const auto* with = with_of(statement);
    const bool asked = t_.wants_parts;
    if (with == nullptr ||
        (!asked && std::ranges::all_of(list_of(with->n_ctes, with->ctes), is_select))) {
        return {};
    }
    // An order is looked for in a time that grows with their cube.
    constexpr std::size_t items_max = 256;
    if (with->n_ctes > items_max) {
        return unsupported("WITH of more than 256 items that changes rows is not supported",
                           "Make it several statements of one transaction.");
    }
    with_ = with;
    t_.ran_before.items = &frame_;
    for (const auto* node : list_of(with->n_ctes, with->ctes)) {
        if (auto read = read_item(*node->common_table_expr, with->recursive != 0); !read) {
            return read;
        }
    }
    t_.ran_before.with = with;
    t_.reads.clear();
    t_.items_read.clear();
    return {};
}

result<void> writing_with::read_item(const PgQuery__CommonTableExpr& node, bool recursive) {
    t_.reads.clear();
    t_.items_read.clear();
    std::shared_ptr<plan> out;
    if (node.ctequery->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
        auto q = t_.with_select(node, recursive, frame_);
        if (!q) return q.error();
        out = std::make_shared<plan>();
        out->sql = std::move(q->sql);
        out->columns = std::move(q->columns);
        out->returns_rows = true;
    } else {
        auto added = t_.add_with_item(node, frame_);
        if (!added) return added.error();
        auto change = translate_change(t_, *node.ctequery);
        if (!change) return change.error();
        if (*change == nullptr) return unsupported("this statement in WITH is not supported");
        out = std::move(*change);
        if (auto fit = t_.check_with_columns(node, out->columns.size()); !fit) return fit;
        (*added)->pending = false;
    }
    auto& item = frame_.items.back();
    const auto names = list_of(node.n_aliascolnames, node.aliascolnames);
    item.columns.clear();
    for (std::size_t i = 0; i < out->columns.size(); ++i) {
        const auto& column = out->columns[i];
        item.columns.push_back(
            {.name = i < names.size() ? std::string(string_of(names[i])) : column.name,
             .sql = "\"c" + std::to_string(i + 1) + "\"",
             .type = column.type,
             .table = column.table,
             .attnum = column.attnum});
    }
    item.part = items_.size();
    item.reads.clear();
    const int number = out->returns_rows ? t_.kept_count++ : -1;
    if (number >= 0) {
        item.rows_sql = "(" + translator::kept_rows_sql(number, out->columns.size()) + ")";
    }
    parts_.push_back(part_of(*node.ctequery, *out));
    items_.push_back({std::move(out), number, changes_rows(items_.size())});
    return {};
}

writing_with::part writing_with::part_of(const PgQuery__Node& statement, const plan& p) const {
    part out;
    out.reads = t_.reads;
    out.uses = t_.items_read;
    for (const auto used : t_.items_read) {
        out.uses.insert(parts_[used].uses.begin(), parts_[used].uses.end());
    }
    if (p.command == command::select) return out;
    out.adds_only = statement.node_case == PG_QUERY__NODE__NODE_INSERT_STMT &&
                    statement.insert_stmt->on_conflict_clause == nullptr;
    if (out.adds_only) {
        out.changes.insert(p.target);
    } else {
        out.reads.insert(p.target);
        out.changes = changed_with(t_.schema(), p.target);
    }
    return out;
}

result<void> writing_with::find_constraints() {
    // A SELECT that nobody reads is not run in PostgreSQL either.
    std::set<std::size_t> needed;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (!changes_rows(i) && i + 1 != parts_.size()) continue;
        needed.insert(i);
        needed.insert(parts_[i].uses.begin(), parts_[i].uses.end());
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        auto& a = parts_[i];
        a.is_needed = needed.contains(i);
        a.after.insert(a.uses.begin(), a.uses.end());
        for (std::size_t j = 0; j < parts_.size(); ++j) {
            const auto& b = parts_[j];
            if (i == j || !changes_rows(i)) continue;
            if (overlap(a.changes, b.reads)) a.after.insert(j);
            // Which comes first decides what the other's unique keys meet.
            if (overlap(a.changes, b.changes) && !(a.adds_only && b.adds_only) &&
                !a.uses.contains(j) && !b.uses.contains(i)) {
                return unsupported("WITH that changes one table twice is not supported",
                                   "Make it two statements of one transaction.");
            }
        }
    }
    return {};
}

// PostgreSQL's: the statement, before it what it reads from, after it what nobody asked for, the
// last first.
std::vector<std::size_t> writing_with::preferred_order() const {
    std::vector<std::size_t> out;
    const auto add = [&](std::size_t i) {
        for (const auto used : parts_[i].uses) {
            if (std::ranges::find(out, used) == out.end()) out.push_back(used);
        }
        if (std::ranges::find(out, i) == out.end()) out.push_back(i);
    };
    for (std::size_t i = parts_.size(); i-- > 0;) {
        if (parts_[i].is_needed) add(i);
    }
    return out;
}

result<void> writing_with::arrange(const PgQuery__Node& statement, plan& whole) {
    if (with_ == nullptr) return {};
    parts_.push_back(part_of(statement, whole));
    if (auto found = find_constraints(); !found) return found;
    auto waiting = preferred_order();
    std::vector<plan_part> out;
    while (!waiting.empty()) {
        const auto ready = std::ranges::find_if(waiting, [&](std::size_t i) {
            return std::ranges::none_of(waiting, [&](std::size_t other) {
                return other != i && parts_[i].after.contains(other);
            });
        });
        if (ready == waiting.end()) {
            return unsupported("WITH that reads a table while it changes it is not supported",
                               "Make it two statements of one transaction.");
        }
        const auto i = *ready;
        waiting.erase(ready);
        const bool is_item = i < items_.size();
        const auto itself = is_item ? items_[i] : plan_part{nullptr, -1, changes_rows(i)};
        const auto& inner = is_item ? items_[i].item->parts : whole.parts;
        if (inner.empty()) out.push_back(itself);
        // A part that is several itself (joined_change).
        for (const auto& s : inner) out.push_back(s.item == nullptr ? itself : s);
    }
    whole.parts = std::move(out);
    for (const auto& p : parts_) t_.reads.insert(p.reads.begin(), p.reads.end());
    whole.insert.reset();  // its rows are not known before the others ran
    return {};
}

}  // namespace historyd::sql
