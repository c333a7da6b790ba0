#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/outbox/change.hpp"

namespace historyd::outbox {

// The effect on one row, key and row as entry_text.hpp has them.
struct captured_row {
    change_op op{};
    std::string_view table, key, row;  // borrowed
    bool has_row = false;
};

// What a transaction has done to rows so far, in order: in memory, and what is more than
// `memory_max` bytes in a file that SQLite puts where its own temporary files are. Used on one
// thread.
class captured_rows {
public:
    explicit captured_rows(std::size_t memory_max = 4 << 20);
    ~captured_rows();
    captured_rows(const captured_rows&) = delete;
    captured_rows& operator=(const captured_rows&) = delete;

    // Errors: 53100 and 58030 of the temporary file.
    result<void> add(const captured_row& r);

    // Where it ends, and back to there: what was added since is forgotten. A mark beyond the end
    // (what was before it has been taken meanwhile) changes nothing.
    std::uint64_t mark() const { return file_bytes() + memory_.size(); }
    void go_back(std::uint64_t mark);
    bool is_empty() const { return mark() == 0; }

    // All of them, from the first on; a row is borrowed during the call.
    result<void> visit(const std::function<result<void>(const captured_row&)>& visitor);

private:
    struct closer {
        void operator()(sqlite3_file* f) const;
    };

    std::uint64_t file_bytes() const { return piece_ends_.empty() ? 0 : piece_ends_.back(); }
    result<void> move_to_file();

    const std::size_t memory_max_;
    std::string memory_;                     // what follows the file
    std::vector<std::uint64_t> piece_ends_;  // of what was moved to the file at once: whole rows
    std::unique_ptr<sqlite3_file, closer> file_;
};

}  // namespace historyd::outbox
