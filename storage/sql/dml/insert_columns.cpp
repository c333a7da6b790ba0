#include <algorithm>

#include "storage/sql/dml/insert.hpp"

namespace historyd::sql {

result<void> insert_builder::find_columns() {
    if (node_.n_cols == 0) {
        for (const auto& c : table().columns) {
            columns_.push_back(&c);
            locations_.push_back(-1);
        }
        return {};
    }
    for (const auto* item : list_of(node_.n_cols, node_.cols)) {
        auto column = target_column(t_, table(), *item->res_target);
        if (!column) return column.error();
        if (std::ranges::find(columns_, *column) != columns_.end()) {
            return t_.at(sql_error(sqlstate::duplicate_column,
                                   "column \"" + (*column)->name + "\" specified more than once"),
                         item->res_target->location);
        }
        columns_.push_back(*column);
        locations_.push_back(item->res_target->location);
    }
    return {};
}

sql_error insert_builder::count_error(std::string_view what, int location) const {
    return t_.at(sql_error(sqlstate::syntax_error, "INSERT has more " + std::string(what)),
                 location);
}

result<void> insert_builder::check_override(const schema::column& c, bool is_default) const {
    if (is_default || uses_sequence_instead(c)) return {};
    const auto refused = [&](std::string detail) {
        return sql_error("428C9",
                         "cannot insert a non-DEFAULT value into column \"" + c.name + "\"")
            .with_detail("Column \"" + c.name + "\" is " + std::move(detail));
    };
    if (c.generated != 0) return refused("a generated column.");
    if (c.identity == 'a' && node_.override != PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE) {
        return refused("an identity column defined as GENERATED ALWAYS.")
            .with_hint("Use OVERRIDING SYSTEM VALUE to override.");
    }
    return {};
}

bool insert_builder::uses_sequence_instead(const schema::column& c) const {
    return c.identity != 0 && node_.override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE;
}

}  // namespace historyd::sql
