#include <algorithm>
#include <filesystem>
#include <map>

#include "storage/transfer/partial_file.hpp"
#include "storage/transfer/row_target.hpp"
#include "storage/transfer/text_format.hpp"

namespace historyd::transfer {

namespace {

// Rows are only appended: what is in the file is compared by reading it back.
class text_target : public row_target {
public:
    explicit text_target(std::string name) : name_(std::move(name)) {}

    const std::string& name() const override { return name_; }
    bool can_find() const override { return false; }
    result<std::vector<std::optional<record>>> find(std::span<const record> batch) override {
        return std::vector<std::optional<record>>(batch.size());
    }

protected:
    // `append` makes one row's bytes. Returns: how many rows the file had.
    template <class Append>
    static result<std::size_t> write(partial_file& file, std::span<const record> batch,
                                     Append&& append) {
        std::string bytes;
        std::vector<std::size_t> ends;
        for (const auto& r : batch) {
            append(r, bytes);
            ends.push_back(bytes.size());
        }
        const auto there = file.write(bytes);
        if (!there) return there;
        return static_cast<std::size_t>(std::ranges::upper_bound(ends, *there) - ends.begin());
    }

    std::string name_;
};

class csv_target : public text_target {
public:
    using text_target::text_target;

    bool takes_defects() const override { return true; }

    result<row_identity> prepare(std::size_t index, bool dry_run) override {
        if (dry_run) return row_identity::whole;
        std::string header;
        bool first = true;
        for (const auto& c : tables()[index].columns) {
            types::append_copy_field(options_, std::exchange(first, false), c.name, header);
        }
        header += '\n';
        auto file = partial_file::open(csv_file_of(name_, index), header);
        if (!file) return file.error();
        if (auto written = file->write(header); !written) return written.error();
        files_.emplace(index, std::move(*file));
        return row_identity::whole;
    }

    result<std::size_t> insert(std::span<const record> batch) override {
        return write(files_.at(batch.front().table), batch, [this](const record& r, auto& bytes) {
            for (std::size_t i = 0; i < r.fields.size(); ++i) {
                types::append_copy_field(options_, i == 0, r.fields[i], bytes);
            }
            bytes += '\n';
        });
    }

    result<void> finish() override {
        if (files_.empty()) {
            if (auto header = prepare(0, false); !header) return header.error();
        }
        for (auto& [index, file] : files_) {
            if (auto done = file.finish(); !done) return done;
        }
        return {};
    }

    result<source_ptr> read_back() override {
        std::vector<std::string> paths;
        for (const auto& [index, file] : files_) paths.push_back(file.path());
        return open_csv_source(name_, std::move(paths));
    }

    // The main file last: while it has no name, the export is not complete.
    result<void> publish() override {
        for (auto at = files_.rbegin(); at != files_.rend(); ++at) {
            if (auto done = at->second.publish(); !done) return done;
        }
        return {};
    }

private:
    const types::copy_options options_ = csv_options();
    std::map<std::size_t, partial_file> files_;
};

class jsonl_target : public text_target {
public:
    using text_target::text_target;

    bool takes_defects() const override { return false; }  // JSON is UTF-8

    result<row_identity> prepare(std::size_t /*index*/, bool dry_run) override {
        if (dry_run || file_) return row_identity::whole;
        auto file = partial_file::open(name_, json_line_beginning);
        if (!file) return file.error();
        file_.emplace(std::move(*file));
        return row_identity::whole;
    }

    result<std::size_t> insert(std::span<const record> batch) override {
        return write(*file_, batch, [](const record& r, auto& bytes) { bytes += json_line(r); });
    }

    result<void> finish() override {
        if (auto ready = prepare(0, false); !ready) return ready.error();
        return file_->finish();
    }
    result<source_ptr> read_back() override { return open_jsonl_source(file_->path()); }
    result<void> publish() override { return file_->publish(); }

private:
    std::optional<partial_file> file_;
};

// The files that a target of this name may write must not be there.
result<void> check_absent(const std::string& file, std::size_t table_count) {
    for (std::size_t i = 0; i < table_count; ++i) {
        const auto name = csv_file_of(file, i);
        if (!std::filesystem::exists(name)) continue;
        return sql_error(sqlstate::duplicate_object, "\"" + name + "\" is there already");
    }
    return {};
}

}  // namespace

result<target_ptr> open_csv_target(const std::string& file) {
    if (auto absent = check_absent(file, tables().size()); !absent) return absent.error();
    return target_ptr(std::make_unique<csv_target>(file));
}

result<target_ptr> open_jsonl_target(const std::string& file) {
    if (auto absent = check_absent(file, 1); !absent) return absent.error();
    return target_ptr(std::make_unique<jsonl_target>(file));
}

}  // namespace historyd::transfer
