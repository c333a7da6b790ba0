#include "storage/sqlite/functions/ordered_rows.hpp"

#include <algorithm>

namespace historyd::sqlite {

result<void> ordered_rows::keep(const function_call& c) {
    if (!started_) {
        auto spec = sort_spec::parse(c.text(0));
        if (!spec) return spec.error();
        spec_ = std::move(*spec);
        started_ = true;
        db_ = &c.db();
    }
    if (c.count() - 1 < key_count()) {
        return sql_error(sqlstate::internal_error, "ordered aggregate without its sort keys");
    }
    auto row = std::make_unique<kept_row>();
    for (int i = 1; i < c.count(); ++i) {
        row->values.emplace_back(sqlite3_value_dup(c.raw(i)));
        if (!row->values.back()) {
            return sql_error(sqlstate::out_of_memory, "out of memory");
        }
        row->pointers.push_back(row->values.back().get());
    }
    rows_.push_back(std::move(row));
    return {};
}

int ordered_rows::compare_keys(database& db, kept_row& a, kept_row& b) const {
    const auto total = static_cast<int>(a.pointers.size());
    const function_call left(db, total, a.pointers.data()), right(db, total, b.pointers.data());
    for (int k = 0; k < key_count(); ++k) {
        const int at = total - key_count() + k;
        const int order =
            compare_sorted(spec_.keys[static_cast<std::size_t>(k)], left.view(at), right.view(at));
        if (order != 0) return order;
    }
    return 0;
}

bool ordered_rows::same_arguments(database& db, kept_row& a, kept_row& b) const {
    const auto count = static_cast<int>(a.pointers.size()) - key_count();
    const function_call left(db, count, a.pointers.data()), right(db, count, b.pointers.data());
    for (int i = 0; i < count; ++i) {
        if (compare_values({}, left.view(i), right.view(i)) != 0) return false;
    }
    return true;
}

void ordered_rows::sort() {
    if (rows_.empty()) return;
    auto& db = *db_;
    const auto by_keys = [&](const auto& a, const auto& b) { return compare_keys(db, *a, *b) < 0; };
    const auto by_arguments = [&](const auto& a, const auto& b) {
        const auto count = static_cast<int>(a->pointers.size()) - key_count();
        const function_call left(db, count, a->pointers.data()),
            right(db, count, b->pointers.data());
        for (int i = 0; i < count; ++i) {
            const int order = compare_sorted({}, left.view(i), right.view(i));
            if (order != 0) return order < 0;
        }
        return false;
    };
    if (spec_.distinct && spec_.keys.empty()) {
        std::stable_sort(rows_.begin(), rows_.end(), by_arguments);
    } else {
        std::stable_sort(rows_.begin(), rows_.end(), by_keys);
    }
    if (spec_.distinct) {
        // Equal by the keys' own comparison (1.0 is 1.00), which DISTINCT requires to be arguments.
        const auto last =
            std::unique(rows_.begin(), rows_.end(), [&](const auto& a, const auto& b) {
                return spec_.keys.empty() ? same_arguments(db, *a, *b)
                                          : compare_keys(db, *a, *b) == 0;
            });
        rows_.erase(last, rows_.end());
    }
}

function_call ordered_rows::row(database& db, std::size_t i) {
    auto& kept = *rows_[i];
    return {db, static_cast<int>(kept.pointers.size()), kept.pointers.data()};
}

function_call ordered_rows::arguments_of(database& db, std::size_t i) {
    auto& kept = *rows_[i];
    return {db, static_cast<int>(kept.pointers.size()) - key_count(), kept.pointers.data()};
}

}  // namespace historyd::sqlite
