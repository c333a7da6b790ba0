#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

// COPY's text and CSV formats (PostgreSQL documentation, COPY, "File Formats"). Sans-io.

namespace historyd::types {

struct copy_options {
    bool csv = false;
    bool header = false;
    char delimiter = '\t';
    char quote = '"', escape = '"';  // CSV only
    std::string null_text = "\\N";   // CSV: empty
};

using copy_row = std::vector<std::optional<std::string>>;

// Splits the bytes of CopyData messages, which may be cut anywhere, into rows.
class copy_reader {
public:
    copy_reader(copy_options options, std::size_t row_bytes_max)
        : options_(std::move(options)), row_bytes_max_(row_bytes_max) {}

    void push(std::string_view bytes) { buffer_.append(bytes); }
    // CopyDone: what is left is the last row.
    void finish() { finished_ = true; }

    // Returns: the next row, nothing when more bytes are needed (or none are left).
    // Errors: 22P04 malformed, 54000 a row beyond the limit.
    result<std::optional<copy_row>> next();

    std::size_t line() const { return line_; }  // of the row last returned, from 1

private:
    std::optional<std::string_view> take_line();
    result<copy_row> split_text(std::string_view line) const;
    result<copy_row> split_csv(std::string_view line) const;

    copy_options options_;
    std::size_t row_bytes_max_;
    std::string buffer_;
    std::size_t consumed_ = 0, scanned_ = 0;
    bool in_quotes_ = false;  // at scanned_, CSV
    bool finished_ = false, header_skipped_ = false, ended_ = false;
    std::size_t line_ = 0;
};

// Appends one field, with the delimiter before it unless it is the first; NULL is nullopt.
void append_copy_field(const copy_options& options, bool first,
                       std::optional<std::string_view> field, std::string& out);

}  // namespace historyd::types
