#include "storage/sqlite/live_functions.hpp"

#include <functional>
#include <utility>

namespace historyd::sqlite {

namespace {

// The functions' user data: the connection, where the daemon is to be found, what it is asked.
struct request {
    database& db;
    live_server* const& live;
    std::function<result<bool>(live_server&, std::int64_t, const statement_context&)> ask;
};

std::function<result<bool>(live_server&, std::int64_t, const statement_context&)> signal(
    live_server::act what) {
    return [what](live_server& live, std::int64_t n, const statement_context& who) {
        const auto process_id = static_cast<std::int32_t>(n);
        auto found = live.signal_backend(process_id, what, who);
        if (found && !*found) {
            who.session_effects->notices.push_back(
                sql_error(sqlstate::warning, "PID " + std::to_string(process_id) +
                                                 " is not a PostgreSQL server process")
                    .with_severity(severity::warning));
        }
        return found;
    };
}

std::function<result<bool>(live_server&, std::int64_t, const statement_context&)> change(
    live_server::parked_act what) {
    return [what](live_server& live, std::int64_t seq, const statement_context& who) {
        return live.change_parked(seq, what, who);
    };
}

void call(sqlite3_context* context, int, sqlite3_value** arguments) {
    try {
        if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
        const auto& r = *static_cast<const request*>(sqlite3_user_data(context));
        const auto* who = r.db.context();
        if (who == nullptr || r.live == nullptr) return sqlite3_result_int(context, 0);
        auto done = r.ask(*r.live, sqlite3_value_int64(arguments[0]), *who);
        if (!done) return set_function_error(context, done.error());
        sqlite3_result_int(context, *done ? 1 : 0);
    } catch (const std::exception& e) {
        sqlite3_result_error(context, e.what(), -1);
    }
}

}  // namespace

result<void> register_live_functions(database& db, live_server* const& live) {
    const std::pair<const char*, decltype(request::ask)> functions[] = {
        {"pg_cancel_backend", signal(live_server::act::cancel)},
        {"pg_terminate_backend", signal(live_server::act::terminate)},
        {"historyd_retry_parked", change(live_server::parked_act::retry)},
        {"historyd_discard_parked", change(live_server::parked_act::discard)}};
    for (const auto& [name, ask] : functions) {
        const int code = sqlite3_create_function_v2(
            db.handle(), name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, new request{db, live, ask}, call,
            nullptr, nullptr, [](void* r) { delete static_cast<request*>(r); });
        if (code != SQLITE_OK) return error_from(db, code, nullptr);
    }
    return {};
}

}  // namespace historyd::sqlite
