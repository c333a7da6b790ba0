#pragma once

#include <filesystem>
#include <memory>

#include "storage/reader/reader_pool.hpp"
#include "storage/writer/writer.hpp"

namespace historyd {

struct engine_options {
    std::filesystem::path storage = "history.db";
    reader::pool_options reader;
    writer::writer_options writer;
};

// One database file and everything that answers SQL over it: the writer, the reader pool, the plan
// cache. Built by the composition root; shared by all sessions, any thread.
class engine {
public:
    // Throws std::runtime_error with one clear line (the file is locked by ..., is not a database, ...).
    explicit engine(engine_options options);
    ~engine();

    // Takes no new work, commits what is queued, checkpoints, closes. Blocks.
    void drain(std::chrono::milliseconds grace);
    // Interrupts running statements (second SIGTERM).
    void interrupt();

    struct impl;
    impl& get() { return *impl_; }

private:
    std::unique_ptr<impl> impl_;
};

}  // namespace historyd
