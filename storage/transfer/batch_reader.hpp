#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "storage/transfer/row_source.hpp"

namespace historyd::transfer {

// Rows of one table.
struct batch {
    std::vector<record> rows;  // empty: the source has ended
    double progress = 0;       // of the source
};

// Reads a source ahead on a thread of its own, two batches at most, so that reading and storing go
// on at the same time. The source is this thread's until the reader is gone.
class batch_reader {
public:
    explicit batch_reader(row_source& source);
    ~batch_reader();
    batch_reader(const batch_reader&) = delete;
    batch_reader& operator=(const batch_reader&) = delete;

    // Waits for the next one. After an error, or the empty one, there are no more.
    result<batch> next();

private:
    void run();
    bool put(result<batch> b);
    result<batch> read();

    row_source& source_;
    std::optional<record> first_of_next_;  // of another table than the batch before
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<result<batch>> ready_;
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace historyd::transfer
