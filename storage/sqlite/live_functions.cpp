#include "storage/sqlite/live_functions.hpp"

namespace historyd::sqlite {

namespace {

// The functions' user data: the connection, and where the daemon is to be found.
struct signalling {
    database& db;
    live_server* const& live;
    live_server::act what;
};

result<bool> signal(const signalling& s, std::int32_t process_id) {
    const auto* context = s.db.context();
    if (context == nullptr || s.live == nullptr) return false;
    auto found = s.live->signal_backend(process_id, s.what, *context);
    if (found && !*found) {
        context->session_effects->notices.push_back(
            sql_error(sqlstate::warning,
                      "PID " + std::to_string(process_id) + " is not a PostgreSQL server process")
                .with_severity(severity::warning));
    }
    return found;
}

void call(sqlite3_context* context, int, sqlite3_value** arguments) {
    try {
        if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
        const auto process_id = static_cast<std::int32_t>(sqlite3_value_int64(arguments[0]));
        auto done = signal(*static_cast<const signalling*>(sqlite3_user_data(context)), process_id);
        if (!done) return set_function_error(context, done.error());
        sqlite3_result_int(context, *done ? 1 : 0);
    } catch (const std::exception& e) {
        sqlite3_result_error(context, e.what(), -1);
    }
}

result<void> add(database& db, const char* name, live_server* const& live, live_server::act what) {
    const int code = sqlite3_create_function_v2(
        db.handle(), name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, new signalling{db, live, what}, call,
        nullptr, nullptr, [](void* s) { delete static_cast<signalling*>(s); });
    if (code != SQLITE_OK) return error_from(db, code, nullptr);
    return {};
}

}  // namespace

result<void> register_live_functions(database& db, live_server* const& live) {
    auto added = add(db, "pg_cancel_backend", live, live_server::act::cancel);
    if (added) added = add(db, "pg_terminate_backend", live, live_server::act::terminate);
    return added;
}

}  // namespace historyd::sqlite
