#pragma once

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <string>

#include "storage/postgres/target.hpp"
#include "storage/replicator/backend_session.hpp"
#include "storage/replicator/replicator_fsm.hpp"
#include "storage/writer/writer.hpp"

namespace historyd::replicator {

struct replicator_options {
    replicator_limits limits;
    std::size_t batch_bytes_max = 8 << 20;
    session_timeouts timeouts;
};

// For SHOW, `historyd status` and metrics; a consistent copy.
struct replicator_status {
    replicator_state state = replicator_state::probing;
    std::string reason;            // why it is halted or offline; empty otherwise
    std::string backend;           // user@host:port/database
    std::int64_t applied_seq = 0;  // the backend has the journal up to here
    std::uint64_t attempts = 0, failures = 0, batches = 0, rows = 0;
    std::string last_error;  // the last failure's, also after it has passed
    bool refused = false;    // it was the login that failed
    // Since the last attempt to connect or to forward, while something waits to be forwarded: a
    // replicator that has stalled. 0 when nothing waits.
    std::int64_t seconds_without_attempt = 0;
};

// Forwards the outbox to the backend on a thread of its own: does what replicator_fsm says. Built
// by the composition root; the writer outlives it.
class replicator {
public:
    replicator(writer::writer& writer, std::filesystem::path file, postgres::target target,
               replicator_options options);
    // stop().
    ~replicator();

    void start();
    // Ends what is in flight, without waiting for the backend; what of it was committed shows at
    // the next start. Blocks until the thread has ended. Requires: the writer still works.
    void stop();

    replicator_status status() const;  // any thread

private:
    class driver;
    std::unique_ptr<driver> driver_;
};

}  // namespace historyd::replicator
