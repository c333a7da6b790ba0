#include "proxy/rest/result_rows.hpp"

#include "storage/types/json_text.hpp"
#include "storage/types/json_value.hpp"

namespace historyd::rest {

namespace {

// What json_agg() puts between rows.
constexpr std::string_view json_separator = ", \n ";

bool is_composite_plain(char c) {
    return c != '"' && c != '\\' && c != '(' && c != ')' && c != ',' && c != ' ' &&
           (c < '\t' || c > '\r');
}

// A field as a composite value's text has it, which is what PostgREST's CSV is made of.
void append_csv_field(std::string_view text, std::string& out) {
    bool plain = !text.empty();
    for (const char c : text) plain = plain && is_composite_plain(c);
    if (plain) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += c;
        out += c;
    }
    out += '"';
}

}  // namespace

result<void> result_rows::add(std::span<const value_view> row) {
    if (columns_.empty()) row = {};  // SELECT without a list: SQLite has to give something
    if (row.size() != columns_.size()) {
        return sql_error(sqlstate::internal_error,
                         "row has " + std::to_string(row.size()) + " values for " +
                             std::to_string(columns_.size()) + " columns");
    }
    const auto start = rows_.size();
    auto added = form_.as == media::form::csv ? add_line(row) : add_object(row);
    if (added && rows_.size() > bytes_max_) {
        added = sql_error(sqlstate::program_limit_exceeded, "the answer is too large")
                    .with_hint("Ask for fewer rows (limit), or raise rest.response_bytes_max.");
    }
    if (!added) {
        rows_.resize(start);
        return added;
    }
    ends_.push_back(rows_.size());
    return {};
}

result<void> result_rows::add_object(std::span<const value_view> row) {
    if (!ends_.empty()) rows_ += json_separator;
    rows_ += '{';
    bool first = true;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (form_.nulls_stripped && is_null(row[i])) continue;
        if (!first) rows_ += ',';
        first = false;
        types::append_json_string(columns_[i].name, rows_);
        rows_ += ':';
        if (auto ok = types::append_json(columns_[i].type.id, row[i], *io_, rows_); !ok) return ok;
    }
    rows_ += '}';
    return {};
}

result<void> result_rows::add_line(std::span<const value_view> row) {
    if (!ends_.empty()) rows_ += '\n';
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) rows_ += ',';
        if (is_null(row[i])) continue;
        text.clear();
        if (auto ok = types::text_out(columns_[i].type, row[i], *io_, text); !ok) return ok;
        append_csv_field(text, rows_);
    }
    return {};
}

void result_rows::rewind(std::size_t mark) {
    while (bytes() > mark && !ends_.empty()) {
        ends_.pop_back();
        rows_.resize(ends_.empty() ? 0 : ends_.back());
    }
}

std::string result_rows::body() && {
    switch (form_.as) {
        case media::form::object:
            return std::move(rows_);
        case media::form::json:
            return "[" + rows_ + "]";
        case media::form::csv:
            break;
    }
    // The names come from the first row: without one there are none.
    std::string header;
    for (std::size_t i = 0; i < columns_.size() && !ends_.empty(); ++i) {
        if (i > 0) header += ',';
        std::string name;
        types::append_json_string(columns_[i].name, name);
        header += std::string_view(name).substr(1, name.size() - 2);
    }
    return header + "\n" + rows_;
}

}  // namespace historyd::rest
