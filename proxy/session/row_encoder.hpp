#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/row_sink.hpp"
#include "storage/sql/plan.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::session {

enum class format : std::int16_t { text = 0, binary = 1 };

// The result formats of Bind or Execute spread over the columns: none means all text, one means all
// the same. Error 08P01 when the count fits neither.
result<std::vector<format>> spread_formats(const std::vector<std::int16_t>& codes,
                                           std::size_t columns);

// Encodes rows as DataRow messages by the columns' declared types. Runs on the reader's or writer's
// thread while a statement is stepped; its session takes the bytes afterwards.
class row_encoder : public row_sink {
public:
    row_encoder(const std::vector<sql::result_column>& columns, std::vector<format> formats,
                std::shared_ptr<const types::io_settings> io, std::size_t bytes_max);

    // An error leaves no part of the row behind.
    result<void> add(std::span<const value_view> row) override;
    std::size_t bytes() const override { return out_.size(); }
    void rewind(std::size_t mark) override { out_.resize(mark); }

    // Appends what was encoded to `out` and starts afresh.
    void move_to(std::string& out);

private:
    struct column_coding {
        types::type_ref type;
        format how;
    };
    result<void> add_value(const column_coding& coding, const value_view& v);

    std::vector<column_coding> columns_;
    std::shared_ptr<const types::io_settings> io_;
    const std::size_t bytes_max_;
    std::string out_;
};

}  // namespace historyd::session
