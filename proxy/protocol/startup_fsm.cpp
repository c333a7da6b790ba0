#include "proxy/protocol/startup_fsm.hpp"

#include <algorithm>

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/protocol/wire_reader.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::protocol {

namespace {

constexpr std::uint32_t cancel_request_code = 80877102, ssl_request_code = 80877103,
                        gssenc_request_code = 80877104;

constexpr std::string_view tls_handshake = "\x16";  // record type of ClientHello
constexpr std::size_t length_bytes = 4;
constexpr std::size_t packet_bytes_max = 10'000;  // PostgreSQL's MAX_STARTUP_PACKET_LENGTH
constexpr std::size_t cancel_key_bytes_max = 256;
constexpr std::size_t name_bytes_max = 63;  // PostgreSQL's NAMEDATALEN - 1
// Clients ask for each kind of encryption once; more than this is not a client.
constexpr unsigned encryption_requests_max = 8;

startup_fsm::reject refuse(std::string_view state, std::string message) {
    return {sql_error(state, std::move(message)).with_severity(severity::fatal)};
}

std::string version_text(std::uint32_t version) {
    return std::to_string(version >> 16) + "." + std::to_string(version & 0xffff);
}

std::string truncated(std::string name) {
    if (name.size() <= name_bytes_max) return name;
    auto end = name_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
    name.resize(end);
    return name;
}

// The version to go on with. 3.1 was never a protocol of PostgreSQL's, so it is 3.0.
std::uint32_t spoken(std::uint32_t requested) {
    const auto minor = requested & 0xffff;
    return minor >= 2 ? protocol_3_2 : protocol_3_0;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

std::size_t startup_request::cancel_key_bytes() const { return version >= protocol_3_2 ? 32 : 4; }

startup_fsm::step startup_fsm::next(std::string_view received) {
    if (received.starts_with(tls_handshake) && !encrypted_ && encryption_requests_ == 0) {
        if (!offers_tls_) return {hang_up{}, 0};  // it would understand nothing we say
        encrypted_ = true;
        return {start_tls{'\0'}, 0};
    }
    if (received.size() < length_bytes) return {read_more{}, 0};
    const std::size_t length = wire_reader(received).u32();
    if (length < 2 * length_bytes || length > packet_bytes_max + length_bytes) {
        return {refuse(sqlstate::protocol_violation, "invalid length of startup packet"), 0};
    }
    if (received.size() < length) return {read_more{}, 0};
    const bool more_follows = received.size() > length;
    return {on_packet(received.substr(length_bytes, length - length_bytes), more_follows), length};
}

startup_fsm::action startup_fsm::on_packet(std::string_view body, bool more_follows) {
    wire_reader r(body);
    const auto code = r.u32();
    // Inside TLS there is nothing to negotiate: then these are versions nobody speaks.
    if (encrypted_ && (code == ssl_request_code || code == gssenc_request_code)) {
        return on_startup(code, r.rest());
    }
    switch (code) {
        case ssl_request_code:
        case gssenc_request_code:
            if (!r.done()) {
                return refuse(sqlstate::protocol_violation, "invalid length of startup packet");
            }
            if (++encryption_requests_ > encryption_requests_max) {
                return refuse(sqlstate::protocol_violation, "too many encryption requests");
            }
            if (code == gssenc_request_code || !offers_tls_) return answer{'N'};
            // Whoever sits on the line could put words in the client's mouth (CVE-2021-23214).
            if (more_follows) {
                return reject{sql_error(sqlstate::protocol_violation,
                                        "received unencrypted data after SSL request")
                                  .with_detail("This could be either a client-software bug or "
                                               "evidence of an attempted man-in-the-middle attack.")
                                  .with_severity(severity::fatal)};
            }
            encrypted_ = true;
            return start_tls{};
        case cancel_request_code: {
            cancel request{.process_id = r.i32(), .key = std::string(r.rest())};
            if (!r.ok() || request.key.size() < 4 || request.key.size() > cancel_key_bytes_max) {
                return hang_up{};
            }
            return request;
        }
        default:
            return on_startup(code, r.rest());
    }
}

startup_fsm::action startup_fsm::on_startup(std::uint32_t version, std::string_view parameters) {
    if (version >> 16 != 3) {
        return refuse(sqlstate::feature_not_supported, "unsupported frontend protocol " +
                                                           version_text(version) +
                                                           ": server supports 3.0 to 3.2");
    }
    accept accepted;
    auto& request = accepted.request;
    request.version = spoken(version);
    std::string options;
    std::vector<std::string> unknown;
    std::vector<std::pair<std::string, std::string>> settings;

    wire_reader r(parameters);
    for (;;) {
        const std::string name(r.cstring());
        if (name.empty()) break;
        std::string text(r.cstring());
        if (!r.ok()) break;
        if (name == "user") {
            request.user = truncated(std::move(text));
        } else if (name == "database") {
            request.database = truncated(std::move(text));
        } else if (name == "options") {
            options = std::move(text);
        } else if (name == "replication") {
            if (is_one_of(text, {"false", "off", "no", "0"})) continue;
            return refuse(sqlstate::feature_not_supported, "replication is not supported");
        } else if (name.starts_with("_pq_.")) {
            unknown.push_back(name);
        } else {
            settings.emplace_back(name, std::move(text));
        }
    }
    if (!r.done()) {
        return refuse(sqlstate::protocol_violation,
                      "invalid startup packet layout: expected terminator as last byte");
    }
    if (request.version != version || !unknown.empty()) {
        negotiate_protocol_version{request.version, std::move(unknown)}.encode(accepted.greeting);
    }
    if (request.user.empty()) {
        return refuse(sqlstate::invalid_authorization_specification,
                      "no PostgreSQL user name specified in startup packet");
    }
    if (request.database.empty()) request.database = request.user;
    // Both become values of SQL expressions.
    for (const auto& name : {request.user, request.database}) {
        if (const auto valid = types::check_utf8(name); !valid) {
            return refuse(valid.error().sqlstate, valid.error().message);
        }
    }
    auto parsed = parse_options(options);
    if (!parsed) {
        auto error = parsed.error();
        error.severity = severity::fatal;
        return reject{std::move(error)};
    }
    request.settings = std::move(*parsed);
    std::move(settings.begin(), settings.end(), std::back_inserter(request.settings));
    return accepted;
}

std::string encode_startup(std::uint32_t version,
                           const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string out;
    wire_writer w(out);
    w.begin_untyped();
    w.u32(version);
    for (const auto& [name, text] : parameters) {
        w.cstring(name);
        w.cstring(text);
    }
    w.u8('\0');
    w.end();
    return out;
}

namespace {

std::string encode_request(std::uint32_t code, std::string_view body) {
    std::string out;
    wire_writer w(out);
    w.begin_untyped();
    w.u32(code);
    w.bytes(body);
    w.end();
    return out;
}

}  // namespace

std::string encode_ssl_request() { return encode_request(ssl_request_code, {}); }

std::string encode_gssenc_request() { return encode_request(gssenc_request_code, {}); }

std::string encode_cancel_request(std::int32_t process_id, std::string_view key) {
    std::string body;
    wire_writer w(body);
    w.i32(process_id);
    w.bytes(key);
    return encode_request(cancel_request_code, body);
}

}  // namespace historyd::protocol
