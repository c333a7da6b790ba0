// writer: what the replicator asks of the outbox.

#include "storage/outbox/outbox_writer.hpp"
#include "storage/writer/writer.hpp"

namespace historyd::writer {

using outbox::outbox_writer;

asio::awaitable<result<void>> writer::ask_outbox(outbox_request request) {
    write_unit unit;
    unit.context = std::make_shared<sqlite::statement_context>();
    unit.outbox_request = std::move(request);
    auto done = co_await submit(std::move(unit));
    if (!done) co_return done.error();
    co_return result<void>{};
}

asio::awaitable<result<void>> writer::acknowledge(outbox::position applied) {
    return ask_outbox([applied](outbox_writer& o, const schema::schema&) {
        return o.journal().acknowledge(applied);
    });
}

asio::awaitable<result<void>> writer::set_backend_uuid(std::string uuid) {
    return ask_outbox([uuid = std::move(uuid)](outbox_writer& o, const schema::schema&) {
        return o.set_backend_uuid(uuid);
    });
}

asio::awaitable<result<void>> writer::park(std::vector<std::int64_t> seqs, std::string sqlstate,
                                           std::string message) {
    return ask_outbox([seqs = std::move(seqs), sqlstate = std::move(sqlstate),
                       message = std::move(message)](outbox_writer& o, const schema::schema&) {
        return o.journal().park(seqs, sqlstate, message);
    });
}

asio::awaitable<result<void>> writer::retry_parked(std::int64_t seq) {
    return ask_outbox(
        [seq](outbox_writer& o, const schema::schema&) { return o.journal().retry_parked(seq); });
}

asio::awaitable<result<void>> writer::discard_parked(std::int64_t seq) {
    return ask_outbox(
        [seq](outbox_writer& o, const schema::schema&) { return o.journal().discard_parked(seq); });
}

asio::awaitable<result<void>> writer::resend_everything() {
    return ask_outbox(
        [](outbox_writer& o, const schema::schema& s) { return o.resend_everything(s); });
}

}  // namespace historyd::writer
