#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "storage/reader/reader_pool.hpp"

namespace historyd::reader {

// Answers short reads on the thread that asks: two thread switches cost more than a lookup does.
// What turns out to be long is given up after a bounded number of SQLite's steps.
class inline_reader {
public:
    // As many may read at once as there are connections.
    inline_reader(const std::filesystem::path& file,
                  std::span<const sqlite::database::extension> extensions, std::size_t connections);

    // Any thread. Requires: the statement has no effects but its rows, and calls nothing that
    // waits. Returns: the rows added to `sink`, or the statement's error; nothing, and no row in
    // the sink, when the read is for the pool: it takes long, is not done within `limits`, or all
    // connections are in use.
    std::optional<result<fetched>> read(const read_request& request, row_sink& sink,
                                        fetch_limits limits);

private:
    struct alignas(64) slot {  // a cache line
        std::mutex mutex;      // guards db
        std::unique_ptr<sqlite::database> db;
    };
    const std::filesystem::path& file_;
    const std::span<const sqlite::database::extension> extensions_;
    std::vector<slot> slots_;
};

}  // namespace historyd::reader
