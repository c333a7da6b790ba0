#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "storage/transfer/row_target.hpp"
#include "storage/transfer/text_format.hpp"

namespace historyd::transfer {

namespace {

// A file that gets its name when it is complete; gone when it never is.
class new_file {
public:
    explicit new_file(std::string name) : name_(std::move(name)), partial_(name_ + ".partial") {
        stream_.open(partial_, std::ios::binary | std::ios::trunc);
    }
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file() {
        std::error_code ignored;
        if (!named_) std::filesystem::remove(partial_, ignored);
    }

    result<void> write(std::string_view bytes) {
        stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return stream_ ? result<void>() : failed("write");
    }

    result<void> finish() {
        stream_.close();
        if (!stream_) return failed("write");
        std::error_code error;
        std::filesystem::rename(partial_, name_, error);
        if (error) {
            errno = error.value();
            return failed("name");
        }
        named_ = true;
        return {};
    }

private:
    sql_error failed(const std::string& what) const {
        return {
            errno == ENOSPC ? sqlstate::disk_full : sqlstate::io_error,
            "could not " + what + " \"" + name_ + "\": " + std::system_category().message(errno)};
    }

    std::string name_, partial_;
    std::ofstream stream_;
    bool named_ = false;
};

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
    std::string name_;
};

class csv_target : public text_target {
public:
    using text_target::text_target;

    bool takes_defects() const override { return true; }

    result<row_identity> prepare(std::size_t index, bool dry_run) override {
        if (dry_run) return row_identity::whole;
        const auto file = csv_file_of(name_, index);
        if (std::filesystem::exists(file)) {
            return sql_error(sqlstate::duplicate_object, "\"" + file + "\" is there already");
        }
        std::string header;
        bool first = true;
        for (const auto& c : tables()[index].columns) {
            types::append_copy_field(options_, std::exchange(first, false), c.name, header);
        }
        auto& made = files_.try_emplace(index, file).first->second;
        if (auto written = made.write(header + "\n"); !written) return written.error();
        return row_identity::whole;
    }

    result<void> insert(std::span<const record> batch) override {
        std::string bytes;
        for (const auto& r : batch) {
            for (std::size_t i = 0; i < r.fields.size(); ++i) {
                types::append_copy_field(options_, i == 0, r.fields[i], bytes);
            }
            bytes += '\n';
        }
        return files_.at(batch.front().table).write(bytes);
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

    result<source_ptr> read_back() override { return open_csv_source(name_); }

private:
    const types::copy_options options_ = csv_options();
    std::map<std::size_t, new_file> files_;
};

class jsonl_target : public text_target {
public:
    using text_target::text_target;

    bool takes_defects() const override { return false; }  // JSON is UTF-8

    result<row_identity> prepare(std::size_t /*index*/, bool dry_run) override {
        if (!dry_run && !file_) file_.emplace(name_);
        return row_identity::whole;
    }

    result<void> insert(std::span<const record> batch) override {
        std::string bytes;
        for (const auto& r : batch) bytes += json_line(r);
        return file_->write(bytes);
    }

    result<void> finish() override {
        if (!file_) file_.emplace(name_);
        return file_->finish();
    }
    result<source_ptr> read_back() override { return open_jsonl_source(name_); }

private:
    std::optional<new_file> file_;
};

template <class Target>
result<target_ptr> open_new(const std::string& file) {
    if (std::filesystem::exists(file)) {
        return sql_error(sqlstate::duplicate_object, "\"" + file + "\" is there already");
    }
    return target_ptr(std::make_unique<Target>(file));
}

}  // namespace

result<target_ptr> open_csv_target(const std::string& file) { return open_new<csv_target>(file); }
result<target_ptr> open_jsonl_target(const std::string& file) {
    return open_new<jsonl_target>(file);
}

}  // namespace historyd::transfer
