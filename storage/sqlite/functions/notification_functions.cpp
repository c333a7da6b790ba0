#include "storage/sqlite/functions/families.hpp"

// pg_notify() and pg_listening_channels().

namespace historyd::sqlite {
namespace {

// What it sends goes out when the transaction commits.
result<value> notify(const function_call& c) {
    const auto* session = c.session();
    const auto channel = c.is_null(0) ? std::string_view() : c.text(0);
    const auto payload = c.is_null(1) ? std::string_view() : c.text(1);
    if (auto valid = check_notification(channel, payload); !valid) return valid.error();
    if (session != nullptr) {
        session->session_effects->notifications.push_back(
            {session->process_id, std::string(channel), std::string(payload)});
    }
    return value(std::string());
}

result<row_source_ptr> listening_channels(const function_call& c) {
    const auto* session = c.session();
    std::vector<value> channels;
    if (session != nullptr && session->notifications != nullptr) {
        for (auto& channel : session->notifications->channels(session->process_id)) {
            channels.emplace_back(std::move(channel));
        }
    }
    return known_values(std::move(channels));
}

}  // namespace

std::span<const scalar_function> notification_functions() {
    static constexpr scalar_function functions[] = {
        nullable_volatile<notify>("pg_notify", 2),
    };
    return functions;
}

std::span<const table_function> notification_row_functions() {
    static const table_function functions[] = {
        {"pg_listening_channels", 0, {"value"}, false, listening_channels},
    };
    return functions;
}

}  // namespace historyd::sqlite
