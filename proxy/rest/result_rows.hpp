#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/rest/query/media.hpp"
#include "storage/base/row_sink.hpp"
#include "storage/sql/plan.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::rest {

// A statement's rows as the body of an answer, by the columns' declared types. Runs on the reader's
// or writer's thread while a statement is stepped; its request takes the body afterwards.
class result_rows : public row_sink {
public:
    result_rows(media form, std::shared_ptr<const types::io_settings> io, std::size_t bytes_max)
        : form_(form), io_(std::move(io)), bytes_max_(bytes_max) {}

    // The columns of the statement that is run next. Requires: the same at every call.
    void set_columns(const std::vector<sql::result_column>& columns) { columns_ = columns; }

    // Errors: 54000 beyond bytes_max. An error leaves no part of the row behind.
    result<void> add(std::span<const value_view> row) override;
    // A row counts even when it has no bytes, so that rewind() finds it.
    std::size_t bytes() const override { return rows_.size() + ends_.size(); }
    void rewind(std::size_t mark) override;

    std::size_t count() const { return ends_.size(); }
    std::string body() &&;

private:
    result<void> add_object(std::span<const value_view> row);
    result<void> add_line(std::span<const value_view> row);

    const media form_;
    const std::shared_ptr<const types::io_settings> io_;
    const std::size_t bytes_max_;
    std::vector<sql::result_column> columns_;
    std::string rows_;               // with separators between
    std::vector<std::size_t> ends_;  // of each row in rows_
};

}  // namespace historyd::rest
