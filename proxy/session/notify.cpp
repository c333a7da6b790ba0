// session: LISTEN, UNLISTEN, NOTIFY, and what comes of them: NotificationResponse before
// ReadyForQuery, or while the session waits for its client's next message.

#include <boost/asio/post.hpp>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/session/session_impl.hpp"

namespace historyd::session {

session::impl::outcome session::impl::on(const sql::listen_statement& s) {
    auto wake = [executor = executor_, self = weak_from_this()] {
        asio::post(executor, [self] {
            if (const auto alive = self.lock()) alive->notified();
        });
    };
    if (auto done = sql_.listen(s.channel, std::move(wake)); !done) return done.error();
    return completion{.tag = "LISTEN"};
}

session::impl::outcome session::impl::on(const sql::unlisten_statement& s) {
    sql_.unlisten(s.channel);
    return completion{.tag = "UNLISTEN"};
}

session::impl::outcome session::impl::on(const sql::notify_statement& s) {
    if (auto done = sql_.notify(s.channel, s.payload); !done) return done.error();
    return completion{.tag = "NOTIFY"};
}

void session::impl::notified() {
    if (transport_ == nullptr) return;
    if (sql_.notifications_overran()) {
        overran_ = terminated_ = true;
        sql_.cancel();
        transport_->interrupt(termination());
    } else if (idle_) {
        transport_->wake();
    }
}

void session::impl::send_notifications() {
    for (const auto& n : sql_.take_notifications()) {
        protocol::notification_response{n->process_id, n->channel, n->payload}.encode(
            transport_->out());
    }
}

sql_error session::impl::termination() const {
    if (overran_) {
        return sql_error(sqlstate::configuration_limit_exceeded,
                         "terminating connection because it left its notifications unread")
            .with_severity(severity::fatal)
            .with_detail("More than 16 MiB of them were waiting.")
            .with_hint("Read from a connection that listens, and keep its transactions short.");
    }
    return sql_error(sqlstate::admin_shutdown,
                     "terminating connection due to administrator command")
        .with_severity(severity::fatal);
}

}  // namespace historyd::session
