#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/value_rows.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::catalog {

// One row of a query over the file's own tables or PRAGMAs. A value of another storage class than
// asked for reads as 0 or empty: the tables may have been edited by hand.
class stored_row {
public:
    explicit stored_row(const std::vector<value>& values) : values_(values) {}

    std::int64_t integer(std::size_t i) const {
        const auto* v = std::get_if<std::int64_t>(&values_.at(i));
        return v == nullptr ? 0 : *v;
    }
    template <class T>
    T number(std::size_t i) const {
        return static_cast<T>(integer(i));
    }
    bool flag(std::size_t i) const { return integer(i) != 0; }
    std::string text(std::size_t i) const {
        const auto* v = std::get_if<std::string>(&values_.at(i));
        return v == nullptr ? std::string() : *v;
    }
    // The first character; 0 when empty.
    char letter(std::size_t i) const {
        const auto t = text(i);
        return t.empty() ? '\0' : t[0];
    }
    bool null(std::size_t i) const { return is_null(values_.at(i)); }

private:
    const std::vector<value>& values_;
};

inline result<std::vector<std::vector<value>>> query(sqlite::database& db, const std::string& sql,
                                                     std::vector<value> parameters = {}) {
    value_rows rows;
    auto done = db.execute(sql, parameters, &rows);
    if (!done) return done.error();
    return std::move(rows.rows);
}

// Whether the file has the table: it may be an older historyd's, or another program's.
inline result<bool> has_table(sqlite::database& db, const std::string& name) {
    auto found = query(db, "SELECT 1 FROM sqlite_schema WHERE name = ?1", {name});
    if (!found) return found.error();
    return !found->empty();
}

}  // namespace historyd::catalog
