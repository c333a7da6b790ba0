#pragma once

#include "proxy/daemon_view.hpp"
#include "storage/sqlite/live_server.hpp"

namespace historyd {

// SHOW stats, sessions, pools, outbox, parked, config and version, the rows of pg_stat_activity,
// and what pg_cancel_backend() and pg_terminate_backend() do. Any thread.
class live_tables final : public sqlite::live_server {
public:
    explicit live_tables(daemon_view view) : view_(std::move(view)) {}

    std::optional<std::vector<std::string>> shown_columns(std::string_view name) const override;
    std::vector<std::vector<value>> rows(std::string_view table,
                                         const sqlite::statement_context& viewer) const override;
    result<bool> signal_backend(std::int32_t process_id, act what,
                                const sqlite::statement_context& who) override;
    result<bool> change_parked(std::int64_t seq, parked_act what,
                               const sqlite::statement_context& who) override;

private:
    using table_rows = std::vector<std::vector<value>>;

    bool is_operator(std::string_view user) const;
    table_rows parked(const sqlite::statement_context& viewer) const;
    bool may_see(const session::activity_view& s, const sqlite::statement_context& viewer) const;
    table_rows activity(const sqlite::statement_context& viewer) const;
    table_rows sessions(const sqlite::statement_context& viewer) const;
    table_rows stats(engine& e) const;
    table_rows pools(engine& e) const;
    table_rows outbox(std::string_view database) const;
    table_rows config() const;

    const daemon_view view_;
};

}  // namespace historyd
