#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/outbox/change.hpp"
#include "storage/postgres/connection.hpp"
#include "storage/replicator/ddl_facts.hpp"
#include "storage/replicator/remote_table.hpp"
#include "storage/replicator/replicator_fsm.hpp"
#include "storage/replicator/row_group.hpp"

namespace historyd::replicator {

namespace asio = boost::asio;

// A transaction that was set aside on the backend; the file has to follow.
struct parked_there {
    std::int64_t seq = 0;
    std::string sqlstate, message;
};

// The backend's half of a sighting.
struct backend_view {
    std::string uuid;
    bool enrolled = false;
    std::string incarnation;
    std::int64_t claim = 0;
    position applied, origin;
    std::vector<parked_there> parked;  // after the local mark
};

struct session_timeouts {
    std::chrono::milliseconds connect{5000};
    std::chrono::milliseconds silence{30'000};  // of the server, while it owes an answer
};

// What the replicator does on the backend, over one connection at a time: each call is one
// transaction there. After an error the connection is idle again or closed. Used by the driver's
// coroutine only.
//
// Tables on the backend, schema historyd, made on the first connect:
//   meta     backend_uuid: which database this is
//   replica  node_id, incarnation, claim, applied_seq, applied_hash, updated_at: a watermark a node
//   dead     node_id, seq, sqlstate, message, row: what was parked
class backend_session {
public:
    backend_session(asio::any_io_executor executor, const postgres::target& target,
                    session_timeouts timeouts);

    // Connects if need be. Waits for a transaction that an earlier connection left behind; ends one
    // that does not end by itself, and says 55P03.
    asio::awaitable<result<backend_view>> look(const outbox::identity& who, std::int64_t acked_seq);
    asio::awaitable<result<void>> claim(const outbox::identity& who, const claim_watermark& what);
    asio::awaitable<result<void>> apply(const outbox::identity& who, const position& from,
                                        std::span<const outbox::change> changes);
    asio::awaitable<result<void>> park(const outbox::identity& who, const position& from,
                                       std::span<const outbox::change> changes, const failure& why);

    // Forgets what was parked up to `acked_seq` and is not among `parked` any more.
    asio::awaitable<result<void>> forget_parked(const outbox::identity& who, std::int64_t acked_seq,
                                                std::span<const std::int64_t> parked);

    bool check() { return connection_.check(); }
    bool is_open() const { return connection_.is_open(); }
    void close();
    // Any wait ends at once with an error; for good.
    void interrupt() { connection_.interrupt(); }

private:
    using rows_result = result<std::vector<postgres::rows>>;

    asio::awaitable<rows_result> run(std::span<const postgres::query> queries);
    asio::awaitable<result<void>> connect();
    asio::awaitable<result<void>> create_schema();
    asio::awaitable<void> end_left_behind(const outbox::identity& who);
    asio::awaitable<result<void>> learn_tables(std::span<const outbox::change> changes);
    asio::awaitable<void> add_index(const remote_table& t);
    asio::awaitable<result<void>> apply_rows(std::span<const postgres::query> opening,
                                             std::span<const outbox::change> changes);
    result<void> send_rows(std::span<const postgres::query> opening,
                           std::span<const row_group> groups);
    asio::awaitable<result<void>> apply_in_steps(std::span<const outbox::change> changes);
    asio::awaitable<result<void>> change_schema(const outbox::change& c);
    asio::awaitable<result<void>> check_table(const ddl_facts& facts);
    asio::awaitable<result<void>> settle(rows_result done);

    postgres::connection connection_;
    const postgres::target& target_;
    const session_timeouts timeouts_;
    bool schema_known_ = false;
    duplicate_rule duplicates_ = duplicate_rule::raise;  // until one was met, then until look()
    remote_tables tables_;
};

}  // namespace historyd::replicator
