#pragma once

#include <vector>

#include "storage/base/row_sink.hpp"

namespace historyd {

// Keeps a statement's rows as values: evaluated INSERT rows, paged portals, internal queries.
class value_rows : public row_sink {
public:
    explicit value_rows(std::size_t bytes_max = SIZE_MAX) : bytes_max_(bytes_max) {}

    result<void> add(std::span<const value_view> row) override {
        std::vector<value> copy;
        copy.reserve(row.size());
        std::size_t size = sizeof copy;
        for (const auto& v : row) {
            size += value_size(v);
            copy.push_back(to_value(v));
        }
        if (size > bytes_max_ || bytes_ > bytes_max_ - size) {
            return sql_error(sqlstate::program_limit_exceeded,
                             "result exceeds the rows a session may hold")
                .with_hint("Fetch without a row limit, or outside the writing transaction.");
        }
        bytes_ += size;
        rows.push_back(std::move(copy));
        return {};
    }
    std::size_t bytes() const override { return bytes_; }
    void rewind(std::size_t mark) override {
        while (bytes_ > mark && !rows.empty()) {
            for (const auto& v : rows.back()) bytes_ -= value_size(view_of(v));
            bytes_ -= sizeof rows.back();
            rows.pop_back();
        }
    }

    std::vector<std::vector<value>> rows;

private:
    static std::size_t value_size(const value_view& v) {
        if (const auto* text = std::get_if<std::string_view>(&v)) return sizeof v + text->size();
        if (const auto* b = std::get_if<blob_view>(&v)) return sizeof v + b->bytes.size();
        return sizeof v;
    }
    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
};

}  // namespace historyd
