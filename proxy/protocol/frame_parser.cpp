#include "proxy/protocol/frame_parser.hpp"

#include "proxy/protocol/wire_reader.hpp"

namespace historyd::protocol {

namespace {

constexpr std::size_t header_bytes = 5;

// Bodies that are a name at most; PostgreSQL's PQ_SMALL_MESSAGE_LIMIT.
constexpr std::size_t small_message_bytes_max = 10'000;
// PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH.
constexpr std::size_t password_bytes_max = 65'535;

enum class size_class { unknown, small, password, large };

size_class size_class_of(char type) {
    switch (type) {
        case 'Q':
        case 'P':
        case 'B':
        case 'F':
        case 'd':
            return size_class::large;
        case 'D':
        case 'E':
        case 'C':
        case 'H':
        case 'S':
        case 'X':
        case 'c':
        case 'f':
            return size_class::small;
        case 'p':
            return size_class::password;
        default:
            return size_class::unknown;
    }
}

sql_error fatal(std::string_view state, std::string message) {
    return sql_error(state, std::move(message)).with_severity(severity::fatal);
}

}  // namespace

result<std::optional<frame>> frame_parser::next(std::string_view received) const {
    if (received.empty()) return std::optional<frame>{};
    const char type = received.front();
    const auto size = size_class_of(type);
    if (size == size_class::unknown) {
        return fatal(
            sqlstate::protocol_violation,
            "invalid frontend message type " + std::to_string(static_cast<unsigned char>(type)));
    }
    if (received.size() < header_bytes) return std::optional<frame>{};
    const auto length = wire_reader(received.substr(1)).u32();
    if (length < 4 || (size == size_class::small && length > small_message_bytes_max) ||
        (size == size_class::password && length > password_bytes_max)) {
        return fatal(sqlstate::protocol_violation, "invalid message length");
    }
    const std::size_t body_bytes = length - 4;
    if (body_bytes > message_bytes_max_) {
        return fatal(sqlstate::configuration_limit_exceeded,
                     "message of " + std::to_string(body_bytes) + " bytes exceeds the limit of " +
                         std::to_string(message_bytes_max_) + " bytes")
            .with_hint("Raise limits.message_bytes_max in the configuration of historyd.");
    }
    if (received.size() - header_bytes < body_bytes) return std::optional<frame>{};
    return std::optional<frame>(frame{type, received.substr(header_bytes, body_bytes)});
}

}  // namespace historyd::protocol
