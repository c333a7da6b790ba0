#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "storage/base/sql_error.hpp"
#include "storage/transfer/record.hpp"

namespace historyd::transfer {

// The rows that were not moved, one JSON object a line: where the row came from, why, the row, and
// the row that is in its place. The file is made when there is a first one; it replaces none.
class difference_report {
public:
    explicit difference_report(std::string file) : wanted_(std::move(file)) {}
    result<void> add(const std::string& source, const std::string& reason, const record& ours,
                     const record* theirs);
    // Empty when there was nothing to report.
    const std::string& file() const { return name_; }

private:
    struct closer {
        void operator()(std::FILE* f) const { std::fclose(f); }
    };
    std::string wanted_, name_;
    std::unique_ptr<std::FILE, closer> stream_;
};

}  // namespace historyd::transfer
