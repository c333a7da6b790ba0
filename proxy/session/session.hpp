#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/session/activity.hpp"
#include "proxy/session/statement_log.hpp"
#include "proxy/session/transport.hpp"

namespace historyd {
class engine;
}

namespace historyd::session {

// Limits of one session; conf/config.hpp has the keys.
struct session_limits {
    std::int64_t statement_timeout_ms = 0;  // unless the session sets its own; 0: none
    std::size_t prepared_statements_max = 10'000;
    std::size_t portals_max = 1'000;
    std::size_t result_buffer_bytes = 256 * 1024;  // rows encoded before they are sent
    std::size_t portal_buffer_bytes_max = 256u
                                          << 20;  // rows kept for a suspended portal of a write
};

struct session_parameters {
    std::string user, database;
    std::vector<std::pair<std::string, std::string>> settings;  // of the startup packet, as sent
    std::int32_t process_id = 0;
    std::string cancel_key;  // BackendKeyData's secret: 4 bytes in protocol 3.0, 32 in 3.2
    std::string client_address;
    std::int32_t client_port = -1;
    bool read_only = false;  // may not write, whatever it sets
    session_limits limits;
};

// One client's conversation after authentication, on one I/O thread.
class session {
public:
    // `executor`: of the I/O thread it will run on. `parameters` must outlive run().
    session(engine& e, statement_log& log, boost::asio::any_io_executor executor,
            const session_parameters& parameters);
    ~session();

    // Sends ParameterStatus, BackendKeyData and ReadyForQuery, then answers messages until
    // Terminate, a broken connection or a fatal error. Open transactions are rolled back on the way
    // out.
    boost::asio::awaitable<void> run(transport& t);

    // CancelRequest: interrupts the running statement (57014), does nothing when idle. Any thread.
    void cancel();
    // Ends the session, running statement included (57P01). Any thread.
    void terminate();

    const historyd::session::activity& activity() const;

private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace historyd::session
