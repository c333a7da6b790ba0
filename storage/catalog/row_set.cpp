#include "storage/catalog/row_set.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "storage/types/pg_type.hpp"

namespace historyd::catalog {

namespace {

// NULL, then numbers, then text: only an order for look-ups, not PostgreSQL's.
int compare(const value_view& a, const value_view& b) {
    if (a.index() != b.index()) return a.index() < b.index() ? -1 : 1;
    if (const auto* number = std::get_if<std::int64_t>(&a)) {
        const auto other = std::get<std::int64_t>(b);
        return *number < other ? -1 : *number > other;
    }
    if (const auto* text = std::get_if<std::string_view>(&a)) {
        return text->compare(std::get<std::string_view>(b));
    }
    return 0;
}

value zero_of(const schema::column& column) {
    if (!column.not_null) return std::monostate{};
    const auto* type = types::find_type(column.type.id);
    if (type == nullptr) return std::string();
    switch (type->form) {
        case types::storage_form::integer:
            return std::int64_t{0};
        case types::storage_form::real:
            return 0.0;
        case types::storage_form::blob:
            return blob{};
        case types::storage_form::text:
            break;
    }
    return std::string(type->category == 'A' ? "{}" : "");
}

}  // namespace

row_set::row_set(const schema::relation& relation) : relation_(relation) {
    for (const auto& column : relation.columns) {
        positions_.emplace(column.name, blank_.size());
        blank_.push_back(zero_of(column));
    }
}

row_set::writer row_set::add() {
    rows_.push_back(blank_);
    return writer(*this, rows_.back());
}

row_set::writer& row_set::writer::set(std::string_view column, value v) {
    const auto it = set_.positions_.find(column);
    assert(it != set_.positions_.end());
    if (it != set_.positions_.end()) row_[it->second] = std::move(v);
    return *this;
}

bool row_set::is_key(const schema::column& column) {
    const std::string_view name = column.name;
    // These hold a session's own values (placeholder.hpp), or the same value in every row.
    for (const std::string_view ending :
         {"_catalog", "catalog_name", "owner", "grantor", "grantee", "role_name", "tablespace"}) {
        if (name.ends_with(ending)) return false;
    }
    return column.type.id == types::type_oid::name || column.type.id == types::type_oid::oid_;
}

void row_set::finish() {
    indexes_.resize(blank_.size());
    for (std::size_t column = 0; column < blank_.size(); ++column) {
        if (!is_key(relation_.columns[column])) continue;
        auto& order = indexes_[column];
        order.resize(rows_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
            return compare(view_of(rows_[a][column]), view_of(rows_[b][column])) < 0;
        });
    }
}

void row_set::find(std::size_t column, const value_view& wanted,
                   std::vector<const std::vector<value>*>& found) const {
    const auto& order = indexes_[column];
    if (order.size() != rows_.size()) {
        for (const auto& row : rows_) {
            if (compare(view_of(row[column]), wanted) == 0) found.push_back(&row);
        }
        return;
    }
    const auto less = [&](std::uint32_t row, const value_view& v) {
        return compare(view_of(rows_[row][column]), v) < 0;
    };
    for (auto it = std::lower_bound(order.begin(), order.end(), wanted, less);
         it != order.end() && compare(view_of(rows_[*it][column]), wanted) == 0; ++it) {
        found.push_back(&rows_[*it]);
    }
}

}  // namespace historyd::catalog
