#pragma once

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <future>
#include <memory>
#include <optional>

#include "storage/outbox/outbox_reader.hpp"

namespace historyd::outbox {

// Reads what follows in the journal while what came before is on its way, on a thread and a
// connection of its own. Used on one thread, the replicator's.
class read_ahead {
public:
    // Requires: the writer has opened the file to forward.
    explicit read_ahead(std::filesystem::path file);
    ~read_ahead();  // waits for a read in progress

    // Reads as outbox_reader::read does. What was read before is forgotten.
    void start(std::int64_t after_seq, read_limits limits);
    // Waits for what start() was asked for, if it was for just this. Returns: nothing, too, when it
    // was cut by the journal's end, where there may be more by now, or failed.
    std::optional<journal_part> take(std::int64_t after_seq, read_limits limits);
    void drop();

private:
    const std::filesystem::path file_;
    std::unique_ptr<outbox_reader> reader_;  // the thread's
    std::int64_t after_seq_ = 0;
    read_limits limits_;
    std::future<result<journal_part>> found_;
    boost::asio::thread_pool thread_{1};
};

}  // namespace historyd::outbox
