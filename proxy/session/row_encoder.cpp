#include "proxy/session/row_encoder.hpp"

#include "proxy/protocol/binary_format.hpp"

namespace historyd::session {

namespace {

// Overwrites four bytes at `at`, big-endian.
void patch_i32(std::string& out, std::size_t at, std::uint32_t v) {
    out[at] = static_cast<char>(v >> 24);
    out[at + 1] = static_cast<char>(v >> 16);
    out[at + 2] = static_cast<char>(v >> 8);
    out[at + 3] = static_cast<char>(v);
}

}  // namespace

result<std::vector<format>> spread_formats(const std::vector<std::int16_t>& codes,
                                           std::size_t columns) {
    if (codes.size() > 1 && codes.size() != columns) {
        return sql_error(sqlstate::protocol_violation, "bind message has " +
                                                           std::to_string(codes.size()) +
                                                           " result formats but query has " +
                                                           std::to_string(columns) + " columns");
    }
    std::vector<format> formats(columns, format::text);
    for (std::size_t i = 0; i < columns && !codes.empty(); ++i) {
        const auto code = codes.size() == 1 ? codes[0] : codes[i];
        if (code != 0 && code != 1) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "unsupported format code: " + std::to_string(code));
        }
        formats[i] = static_cast<format>(code);
    }
    return formats;
}

row_encoder::row_encoder(const std::vector<sql::result_column>& columns,
                         std::vector<format> formats, std::shared_ptr<const types::io_settings> io,
                         std::size_t bytes_max)
    : io_(std::move(io)), bytes_max_(bytes_max) {
    columns_.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        columns_.push_back({columns[i].type, i < formats.size() ? formats[i] : format::text});
    }
}

// DataRow: 'D' | int32 length | int16 columns | per column int32 length (-1 NULL), bytes
result<void> row_encoder::add(std::span<const value_view> row) {
    if (columns_.empty()) row = {};  // SELECT without a list: SQLite has to give something
    if (row.size() != columns_.size()) {
        return sql_error(sqlstate::internal_error,
                         "row has " + std::to_string(row.size()) + " values for " +
                             std::to_string(columns_.size()) + " columns");
    }
    const auto start = out_.size();
    out_.append("D\0\0\0\0", 5);
    out_.push_back(static_cast<char>(row.size() >> 8));
    out_.push_back(static_cast<char>(row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (auto added = add_value(columns_[i], row[i]); !added) {
            out_.resize(start);
            return added.error();
        }
    }
    patch_i32(out_, start + 1, static_cast<std::uint32_t>(out_.size() - start - 1));
    if (out_.size() > bytes_max_) {
        out_.resize(start);
        return sql_error(sqlstate::program_limit_exceeded,
                         "result is larger than a writing transaction may buffer")
            .with_hint("Read it in a transaction that does not write, or with a LIMIT.");
    }
    return {};
}

result<void> row_encoder::add_value(const column_coding& coding, const value_view& v) {
    const auto at = out_.size();
    out_.append("\xff\xff\xff\xff", 4);
    if (is_null(v)) return {};
    auto encoded = coding.how == format::binary ? protocol::binary_out(coding.type.id, v, out_)
                                                : types::text_out(coding.type, v, *io_, out_);
    if (!encoded) return encoded.error();
    patch_i32(out_, at, static_cast<std::uint32_t>(out_.size() - at - 4));
    return {};
}

void row_encoder::move_to(std::string& out) {
    if (out.empty()) {
        out.swap(out_);
    } else {
        out += out_;
    }
    out_.clear();
}

}  // namespace historyd::session
