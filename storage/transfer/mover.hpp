#pragma once

#include <map>

#include "storage/transfer/difference_report.hpp"
#include "storage/transfer/row_target.hpp"

namespace historyd::transfer {

// What became of one table's rows, all sources together.
struct table_counts {
    std::uint64_t read = 0, added = 0, there = 0, different = 0, refused = 0;
    digest source, target;  // by the comparison at the end
};

// Puts batches into a target, and compares them with it afterwards. Decides which rows are new,
// which are there already, and which are different ones under the same id.
class mover {
public:
    mover(row_target& target, difference_report& report, bool dry_run)
        : target_(target), report_(report), dry_run_(dry_run) {}

    // Another source follows: it may have what the target has by now.
    void begin_source() { looking_.clear(); }
    // Requires: one table's rows, not empty.
    result<void> store(const std::string& source, std::span<const record> rows);
    // The rows as the target has them now, counted in the digests.
    result<void> compare(std::span<const record> rows);
    // The same for a target that is read back: rows of the target.
    void compare_read_back(std::span<const record> rows);

    const std::map<std::size_t, table_counts>& counts() const { return counts_; }

private:
    struct choice {
        std::vector<record> fresh;
        std::size_t found = 0;
    };
    result<row_identity> prepared(std::size_t table);
    result<choice> choose(const std::string& source, std::span<const record> rows, bool look,
                          table_counts& counts);

    row_target& target_;
    difference_report& report_;
    const bool dry_run_;
    std::map<std::size_t, table_counts> counts_;
    std::map<std::size_t, row_identity> identities_;
    // Batches to look up before they are stored: while nothing is found, most targets are empty.
    std::map<std::size_t, std::size_t> looking_;
};

}  // namespace historyd::transfer
