#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::protocol {

// What a start-up packet asks for.
struct startup_request {
    std::uint32_t version = 0;  // that both sides speak from here on: major << 16 | minor
    std::string user, database;
    // Settings in the order they take effect: those of "options" first, as in PostgreSQL.
    std::vector<std::pair<std::string, std::string>> settings;

    // Bytes of the cancel key: four before protocol 3.2.
    std::size_t cancel_key_bytes() const;
};

inline constexpr std::uint32_t protocol_3_0 = 3u << 16, protocol_3_2 = protocol_3_0 | 2;

// Before the first frame (PostgreSQL documentation, "Start-up" and "SSL Session Encryption").
// A first byte 0x16 begins a TLS handshake without SSLRequest (PostgreSQL 17's
// sslnegotiation=direct). Start-up packet: int32 length, counts itself | int32 code | body by code
//   80877103 SSLRequest, 80877104 GSSENCRequest: nothing
//   80877102 CancelRequest: int32 process id, bytes key
//   major << 16 | minor: cstring name, cstring value, ..., byte 0
// Pure; the driver does what the action says. Nothing follows cancel or reject; after accept the
// frames begin.
class startup_fsm {
public:
    struct read_more {};
    // Answer with this byte: encryption is refused, the client goes on in the clear or leaves.
    struct answer {
        char byte = 'N';
    };
    // Send `reply` if it is not NUL, then do the TLS handshake; what comes next is encrypted.
    struct start_tls {
        char reply = 'S';
        bool is_direct() const { return reply == '\0'; }
    };
    struct cancel {
        std::int32_t process_id = 0;
        std::string key;
    };
    // Send `greeting` (NegotiateProtocolVersion or nothing), then authenticate.
    struct accept {
        startup_request request;
        std::string greeting;
        std::string packet;  // as it came; filled in by the driver
    };
    struct reject {
        sql_error error;  // FATAL
    };
    // Close without a word: a CancelRequest is never answered.
    struct hang_up {};
    using action = std::variant<read_more, answer, cancel, accept, reject, hang_up, start_tls>;

    explicit startup_fsm(bool offers_tls = false) : offers_tls_(offers_tls) {}

    struct step {
        action what;
        std::size_t consumed = 0;  // bytes of `received` that are dealt with
    };
    // `received` starts at the first byte not consumed.
    step next(std::string_view received);

private:
    action on_packet(std::string_view body, bool more_follows);
    action on_startup(std::uint32_t version, std::string_view parameters);

    bool offers_tls_, encrypted_ = false;
    unsigned encryption_requests_ = 0;
};

// The "options" parameter: -c name=value, -cname=value, --name=value, separated by white space; a
// backslash makes the next character plain. Errors: 42601 as PostgreSQL.
result<std::vector<std::pair<std::string, std::string>>> parse_options(std::string_view text);

// The client's side: tests and tools.
std::string encode_startup(std::uint32_t version,
                           const std::vector<std::pair<std::string, std::string>>& parameters);
std::string encode_ssl_request();
std::string encode_gssenc_request();
std::string encode_cancel_request(std::int32_t process_id, std::string_view key);

}  // namespace historyd::protocol
