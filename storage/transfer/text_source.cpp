#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "storage/transfer/layout.hpp"
#include "storage/transfer/row_source.hpp"
#include "storage/transfer/text_format.hpp"
#include "storage/types/json_text.hpp"

namespace historyd::transfer {

namespace {

constexpr std::size_t chunk_bytes = 256 << 10;
constexpr std::size_t row_bytes_max = 64 << 20;

// The files of one source, read one after the other in pieces.
class file_sequence {
public:
    explicit file_sequence(std::vector<std::string> files) : files_(std::move(files)) {
        for (const auto& file : files_) {
            std::error_code ignored;
            total_ += std::filesystem::file_size(file, ignored);
        }
    }

    // Opens the next file. Returns: false when there is none.
    result<bool> next_file() {
        if (at_ == files_.size()) return false;
        stream_ = std::ifstream(files_[at_], std::ios::binary);
        if (!stream_) {
            return sql_error(sqlstate::io_error, "could not open \"" + files_[at_] + "\": " +
                                                     std::system_category().message(errno));
        }
        ++at_;
        return true;
    }
    // Bytes of the open file; empty at its end.
    std::string_view read() {
        buffer_.resize(chunk_bytes);
        stream_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        const auto count = static_cast<std::size_t>(stream_.gcount());
        done_ += count;
        return std::string_view(buffer_).substr(0, count);
    }
    const std::string& current() const { return files_[at_ - 1]; }
    void rewind() { at_ = done_ = 0; }
    double progress() const {
        return total_ == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(total_);
    }

private:
    std::vector<std::string> files_;
    std::ifstream stream_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::uintmax_t done_ = 0, total_ = 0;
};

sql_error located(const std::string& file, std::size_t line, sql_error why) {
    why.message = file + ", line " + std::to_string(line) + ": " + why.message;
    return why;
}

class csv_source : public row_source {
public:
    csv_source(std::string name, std::vector<std::string> files)
        : name_(std::move(name)), files_(std::move(files)) {}

    const std::string& name() const override { return name_; }
    double progress() const override { return files_.progress(); }
    result<void> rewind() override {
        files_.rewind();
        reader_.reset();
        return {};
    }

    result<bool> next(record& out) override {
        for (;;) {
            if (!reader_) {
                auto opened = open_next();
                if (!opened || !*opened) return opened;
            }
            auto row = read_row();
            if (!row) return row.error();
            if (!*row) {
                reader_.reset();
                continue;
            }
            if (row->value().size() != width_) {
                return located(files_.current(), reader_->line(),
                               {sqlstate::bad_copy_file_format,
                                "it has " + std::to_string(row->value().size()) +
                                    " fields, the first line names " + std::to_string(width_)});
            }
            views_.clear();
            for (const auto& field : **row) {
                views_.push_back(field ? value_view(std::string_view(*field)) : value_view());
            }
            assemble(*layout_, views_, out);
            return true;
        }
    }

private:
    result<std::optional<types::copy_row>> read_row() {
        for (;;) {
            auto row = reader_->next();
            if (!row) return located(files_.current(), reader_->line(), row.error());
            if (*row || ended_) return row;
            const auto bytes = files_.read();
            ended_ = bytes.empty();
            if (ended_) {
                reader_->finish();
            } else {
                reader_->push(bytes);
            }
        }
    }

    result<bool> open_next() {
        auto opened = files_.next_file();
        if (!opened || !*opened) return opened;
        reader_.emplace(csv_options(), row_bytes_max);
        ended_ = false;
        auto header = read_row();
        if (!header) return header.error();
        std::vector<std::string> columns;
        if (*header) {
            for (auto& name : **header) columns.push_back(name.value_or(""));
        }
        width_ = columns.size();
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (width_ > 0 && columns[0].starts_with(byte_order_mark)) columns[0].erase(0, 3);
        layout_ = layout_of({}, columns);
        if (layout_) return true;
        return sql_error(sqlstate::undefined_table,
                         files_.current() + ": the first line does not name columns of mem0's")
            .with_hint("For history: id,memory_id,old_memory,new_memory,event,created_at,...");
    }

    std::string name_;
    file_sequence files_;
    std::optional<types::copy_reader> reader_;
    std::optional<layout> layout_;
    std::vector<value_view> views_;
    std::size_t width_ = 0;
    bool ended_ = false;
};

class jsonl_source : public row_source {
public:
    explicit jsonl_source(const std::string& file) : name_(file), files_({file}) {}

    const std::string& name() const override { return name_; }
    double progress() const override { return files_.progress(); }
    result<void> rewind() override {
        files_.rewind();
        buffer_.clear();
        consumed_ = line_ = 0;
        opened_ = ended_ = false;
        return {};
    }

    result<bool> next(record& out) override {
        if (!opened_) {
            auto opened = files_.next_file();
            if (!opened || !*opened) return opened;
            opened_ = true;
        }
        for (;;) {
            const auto end = buffer_.find('\n', consumed_);
            if (end == buffer_.npos && !ended_) {
                if (buffer_.size() - consumed_ > row_bytes_max) {
                    return located(name_, line_ + 1,
                                   {sqlstate::program_limit_exceeded, "the line is too long"});
                }
                buffer_.erase(0, std::exchange(consumed_, 0));
                const auto bytes = files_.read();
                ended_ = bytes.empty();
                buffer_ += bytes;
                continue;
            }
            if (consumed_ >= buffer_.size()) return false;
            const auto stop = std::min(end, buffer_.size());
            const auto text = std::string_view(buffer_).substr(consumed_, stop - consumed_);
            consumed_ = stop + 1;
            ++line_;
            if (text.find_first_not_of(" \t\r") == text.npos) continue;
            if (auto taken = take(text, out); !taken) return located(name_, line_, taken.error());
            return true;
        }
    }

private:
    result<void> take(std::string_view text, record& out) {
        auto parsed = types::parse_json(text);
        if (!parsed) return parsed.error();
        if (parsed->kind != types::json_kind::object) {
            return sql_error(sqlstate::invalid_text_representation, "it is no JSON object");
        }
        std::vector<std::string> columns;
        std::vector<value_view> views;
        std::string table;
        for (const auto& [name, member] : parsed->members) {
            if (name == "table" && member.kind == types::json_kind::string) table = member.text;
            columns.push_back(name);
            views.push_back(view_of(member));
        }
        const auto found = layout_of(table, columns);
        if (!found) {
            return sql_error(sqlstate::undefined_table, "it is no row of one of mem0's tables");
        }
        assemble(*found, views, out);
        return {};
    }

    static value_view view_of(const types::json_node& node) {
        switch (node.kind) {
            case types::json_kind::null:
                return {};
            case types::json_kind::boolean:
                return std::int64_t{node.boolean};
            default:
                return std::string_view(node.text);
        }
    }

    std::string name_;
    file_sequence files_;
    std::string buffer_;
    std::size_t consumed_ = 0, line_ = 0;
    bool opened_ = false, ended_ = false;
};

}  // namespace

types::copy_options csv_options() {
    types::copy_options o;
    o.csv = true;
    o.delimiter = ',';
    o.null_text = "";
    return o;
}

std::string csv_file_of(const std::string& file, std::size_t table) {
    if (table == 0) return file;
    const std::filesystem::path path(file);
    auto name = path.stem().string() + "." + std::string(tables()[table].name);
    return (path.parent_path() / (name + path.extension().string())).string();
}

result<source_ptr> open_csv_source(const std::string& file) {
    std::vector<std::string> files;
    for (std::size_t i = 0; i < tables().size(); ++i) {
        auto name = csv_file_of(file, i);
        if (std::filesystem::exists(name)) files.push_back(std::move(name));
    }
    return open_csv_source(file, std::move(files));
}

result<source_ptr> open_csv_source(const std::string& name, std::vector<std::string> files) {
    return source_ptr(std::make_unique<csv_source>(name, std::move(files)));
}

result<source_ptr> open_jsonl_source(const std::string& file) {
    return source_ptr(std::make_unique<jsonl_source>(file));
}

}  // namespace historyd::transfer
