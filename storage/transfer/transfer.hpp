#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::transfer {

struct transfer_options {
    std::vector<std::string> from;  // files, folders, addresses
    std::string into;               // a file or an address
    bool dry_run = false;
    std::string report = "historyd-differences.jsonl";
};

// `historyd import` and `historyd export`: moves mem0's tables, says how far it is on `progress`,
// compares source and target row by row and prints counts and checksums of both on `out`.
// What is in the target already is skipped, so that an interrupted run goes on where it stopped; a
// CSV or JSONL file has its name only once it is complete and compared. No row is ever changed or
// removed.
// Returns: whether every row of every source is in the target.
result<bool> move_history(const transfer_options& options, std::FILE* out, std::FILE* progress);

}  // namespace historyd::transfer
