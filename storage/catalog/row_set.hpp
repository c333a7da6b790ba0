#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/value.hpp"
#include "storage/schema/schema.hpp"

namespace historyd::catalog {

// Rows of one catalog relation, with a sorted index for each column that joins and look-ups go by.
// Filled once by the relation's source, then read-only.
class row_set {
public:
    explicit row_set(const schema::relation& relation);

    // One row being written, column by column; columns not named keep NULL, or the type's zero
    // where the column is NOT NULL.
    class writer {
    public:
        // Requires: the relation has such a column.
        writer& set(std::string_view column, value v);
        writer& set(std::string_view column, std::string_view text) {
            return set(column, value(std::string(text)));
        }
        writer& set(std::string_view column, std::string text) {
            return set(column, value(std::move(text)));
        }
        writer& set(std::string_view column, const char* text) {
            return set(column, std::string_view(text));
        }
        writer& set(std::string_view column, bool b) { return set(column, value(std::int64_t{b})); }
        writer& set(std::string_view column, char c) {
            return set(column, value(c == 0 ? std::string() : std::string(1, c)));
        }
        template <std::integral T>
        requires(!std::same_as<T, bool> &&
                 !std::same_as<T, char>) writer& set(std::string_view column, T number) {
            return set(column, value(static_cast<std::int64_t>(number)));
        }

    private:
        friend class row_set;
        writer(row_set& set, std::vector<value>& row) : set_(set), row_(row) {}
        row_set& set_;
        std::vector<value>& row_;
    };
    writer add();
    // Requires: one value per column.
    void add(std::vector<value> row) { rows_.push_back(std::move(row)); }

    // Builds the indexes; after the last row.
    void finish();

    const std::vector<std::vector<value>>& rows() const { return rows_; }
    const schema::relation& relation() const { return relation_; }

    // Appends the rows whose column is `wanted`, in the order they were added.
    // Requires: finish() was called; `wanted` has the column's storage form.
    void find(std::size_t column, const value_view& wanted,
              std::vector<const std::vector<value>*>& found) const;

    // Whether a column has an index here: object identifiers and names.
    static bool is_key(const schema::column& column);

private:
    const schema::relation& relation_;
    std::vector<value> blank_;
    std::unordered_map<std::string_view, std::size_t> positions_;
    std::vector<std::vector<value>> rows_;
    std::vector<std::vector<std::uint32_t>> indexes_;  // by column; row numbers in value order
};

}  // namespace historyd::catalog
