#include "storage/transfer/difference_report.hpp"

#include <cerrno>
#include <system_error>

#include "storage/types/json_text.hpp"

namespace historyd::transfer {

namespace {

sql_error failed(const std::string& name) {
    return {sqlstate::io_error,
            "could not write \"" + name + "\": " + std::system_category().message(errno)};
}

std::string object_of(const record& r) {
    auto line = json_line(r);
    line.pop_back();
    return line;
}

}  // namespace

result<void> difference_report::add(const std::string& source, const std::string& reason,
                                    const record& ours, const record* theirs) {
    for (int n = 1; stream_ == nullptr; ++n) {
        name_ = n == 1 ? wanted_ : wanted_ + "." + std::to_string(n);
        stream_.reset(std::fopen(name_.c_str(), "wx"));
        if (stream_ == nullptr && errno != EEXIST) return failed(name_);
    }
    std::string line = "{\"source\": ";
    types::append_json_string(source, line);
    line += ", \"reason\": ";
    types::append_json_string(reason, line);
    line += ", \"row\": " + object_of(ours);
    if (theirs != nullptr) line += ", \"there\": " + object_of(*theirs);
    line += "}\n";
    if (std::fputs(line.c_str(), stream_.get()) < 0 || std::fflush(stream_.get()) != 0) {
        return failed(name_);
    }
    return {};
}

}  // namespace historyd::transfer
