#include "storage/types/copy_format.hpp"

#include "storage/types/input_text.hpp"

namespace historyd::types {

namespace {

sql_error bad_format(std::string message) {
    return {sqlstate::bad_copy_file_format, std::move(message)};
}

int octal_digit(char c) { return c >= '0' && c <= '7' ? c - '0' : -1; }

// Reads up to `digits_max` digits at `at`. Returns: the value, or -1 when there is no digit.
int read_digits(std::string_view s, std::size_t& at, int base, int digits_max) {
    int v = -1;
    for (int n = 0; n < digits_max && at < s.size(); ++n, ++at) {
        const int digit = base == 8 ? octal_digit(s[at]) : hex_digit(s[at]);
        if (digit < 0) break;
        v = (v < 0 ? 0 : v) * base + digit;
    }
    return v;
}

// One field of the text format with its backslash sequences resolved.
std::string unescape(std::string_view field) {
    std::string out;
    out.reserve(field.size());
    for (std::size_t i = 0; i < field.size();) {
        const char c = field[i++];
        if (c != '\\' || i == field.size()) {
            out.push_back(c);
            continue;
        }
        const char e = field[i++];
        switch (e) {
            case 'b':
                out.push_back('\b');
                break;
            case 'f':
                out.push_back('\f');
                break;
            case 'n':
                out.push_back('\n');
                break;
            case 'r':
                out.push_back('\r');
                break;
            case 't':
                out.push_back('\t');
                break;
            case 'v':
                out.push_back('\v');
                break;
            case 'x': {
                const int v = read_digits(field, i, 16, 2);
                out.push_back(v < 0 ? 'x' : static_cast<char>(v));
                break;
            }
            default:
                if (octal_digit(e) >= 0) {
                    --i;
                    out.push_back(static_cast<char>(read_digits(field, i, 8, 3)));
                } else {
                    out.push_back(e);
                }
        }
    }
    return out;
}

std::string_view without_carriage_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

std::optional<std::string_view> copy_reader::take_line() {
    for (; scanned_ < buffer_.size(); ++scanned_) {
        const char c = buffer_[scanned_];
        if (options_.csv && c == options_.quote) {
            in_quotes_ = !in_quotes_;  // a doubled quote toggles twice
        } else if (c == '\\' && !options_.csv) {
            if (scanned_ + 1 == buffer_.size()) return std::nullopt;  // its other half is to come
            ++scanned_;
        } else if (c == '\n' && !in_quotes_) {
            const auto start = consumed_;
            const auto length = scanned_ - consumed_;
            consumed_ = ++scanned_;
            return without_carriage_return(std::string_view(buffer_).substr(start, length));
        }
    }
    if (!finished_ || consumed_ == buffer_.size()) return std::nullopt;
    const auto start = consumed_;
    consumed_ = scanned_ = buffer_.size();
    return without_carriage_return(std::string_view(buffer_).substr(start));
}

result<std::optional<copy_row>> copy_reader::next() {
    if (ended_) return std::optional<copy_row>{};
    if (consumed_ > 64 * 1024 && consumed_ * 2 > buffer_.size()) {
        buffer_.erase(0, consumed_);
        scanned_ -= consumed_;
        consumed_ = 0;
    }
    for (;;) {
        auto line = take_line();
        if (!line) {
            if (finished_ && in_quotes_) return bad_format("unterminated CSV quoted field");
            if (buffer_.size() - consumed_ > row_bytes_max_) {
                return sql_error(sqlstate::program_limit_exceeded, "COPY row is too long");
            }
            return std::optional<copy_row>{};
        }
        ++line_;
        if (options_.header && !header_skipped_) {
            header_skipped_ = true;
            continue;
        }
        if (*line == "\\.") {
            ended_ = true;
            return std::optional<copy_row>{};
        }
        auto row = options_.csv ? split_csv(*line) : split_text(*line);
        if (!row) return row.error();
        return std::optional<copy_row>(std::move(*row));
    }
}

result<copy_row> copy_reader::split_text(std::string_view line) const {
    copy_row row;
    std::size_t start = 0;
    for (std::size_t i = 0;; ++i) {
        if (i < line.size() && line[i] == '\\') {
            ++i;
            continue;
        }
        if (i < line.size() && line[i] != options_.delimiter) continue;
        const auto field = line.substr(start, std::min(i, line.size()) - start);
        if (field == options_.null_text) {
            row.push_back(std::nullopt);
        } else {
            row.push_back(unescape(field));
        }
        if (i >= line.size()) return row;
        start = i + 1;
    }
}

result<copy_row> copy_reader::split_csv(std::string_view line) const {
    copy_row row;
    std::string field;
    bool quoted = false, inside = false;
    const auto end_field = [&] {
        if (!quoted && field == options_.null_text) {
            row.push_back(std::nullopt);
        } else {
            row.push_back(field);
        }
        field.clear();
        quoted = false;
    };
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (inside) {
            const bool escapes = c == options_.escape && i + 1 < line.size() &&
                                 (line[i + 1] == options_.quote || line[i + 1] == options_.escape);
            if (escapes) {
                field.push_back(line[++i]);
            } else if (c == options_.quote) {
                inside = false;
            } else {
                field.push_back(c);
            }
        } else if (c == options_.quote) {
            inside = quoted = true;
        } else if (c == options_.delimiter) {
            end_field();
        } else {
            field.push_back(c);
        }
    }
    if (inside) return bad_format("unterminated CSV quoted field");
    end_field();
    return row;
}

namespace {

void append_text_field(char delimiter, std::string_view field, std::string& out) {
    for (const char c : field) {
        switch (c) {
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\v':
                out += "\\v";
                break;
            case '\\':
                out += "\\\\";
                break;
            default:
                if (c == delimiter) out.push_back('\\');
                out.push_back(c);
        }
    }
}

void append_csv_field(const copy_options& options, std::string_view field, std::string& out) {
    const bool needs_quotes = field == options.null_text || field == "\\." ||
                              field.find_first_of(std::string{options.delimiter, options.quote,
                                                              '\n', '\r'}) != field.npos;
    if (!needs_quotes) {
        out += field;
        return;
    }
    out.push_back(options.quote);
    for (const char c : field) {
        if (c == options.quote || c == options.escape) out.push_back(options.escape);
        out.push_back(c);
    }
    out.push_back(options.quote);
}

}  // namespace

void append_copy_field(const copy_options& options, bool first,
                       std::optional<std::string_view> field, std::string& out) {
    if (!first) out.push_back(options.delimiter);
    if (!field) {
        out += options.null_text;
    } else if (options.csv) {
        append_csv_field(options, *field, out);
    } else {
        append_text_field(options.delimiter, *field, out);
    }
}

}  // namespace historyd::types
