#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"
#include "storage/base/unique_fd.hpp"

namespace historyd::transfer {

// A file that is written as NAME.partial and gets its name when it is complete. What an interrupted
// run left there is kept as far as it is, byte by byte, what is written now. Used on one thread.
class partial_file {
public:
    // Errors: 55006 another process writes it; 42710 what is there begins otherwise than a file of
    // ours, which begins with `beginning`.
    static result<partial_file> open(const std::string& name, std::string_view beginning);

    // Returns: how many of the first of `bytes` were there.
    result<std::size_t> write(std::string_view bytes);
    // Nothing more follows. What was written is durable when it returns.
    result<void> finish();
    // Errors: 42710 when another program has made a file of that name by now.
    result<void> publish();

    const std::string& path() const { return path_; }

private:
    partial_file(std::string name, std::string path, unique_fd file)
        : name_(std::move(name)), path_(std::move(path)), file_(std::move(file)) {}
    result<std::size_t> compare(std::string_view bytes) const;
    result<void> append(std::string_view bytes);
    sql_error failed(std::string_view what) const;

    std::string name_, path_;
    unique_fd file_;
    off_t offset_ = 0;
    bool comparing_ = true;  // with what an interrupted run left
};

}  // namespace historyd::transfer
