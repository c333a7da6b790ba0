#include "proxy/protocol/scram_fsm.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>

#include "proxy/protocol/base64.hpp"

namespace historyd::protocol {

namespace {

constexpr std::string_view binding_type = "tls-server-end-point";

sql_error malformed(std::string detail) {
    return sql_error(sqlstate::protocol_violation, "malformed SCRAM message")
        .with_detail(std::move(detail));
}

// "x=value" at the front, up to a comma or the end. Returns: nothing when it is another attribute.
std::optional<std::string_view> take_attribute(std::string_view& rest, char name) {
    if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return std::nullopt;
    const auto end = std::min(rest.find(','), rest.size());
    const auto taken = rest.substr(2, end - 2);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return taken;
}

bool is_printable(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

bool is_same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

result<void> scram_fsm::take_gs2_header(std::string_view& rest) {
    const auto whole = rest;
    flag_ = rest.empty() ? '\0' : rest.front();
    if (flag_ == 'p') {
        const auto type = take_attribute(rest, 'p');
        if (!plus_) {
            return malformed(
                "The client selected SCRAM-SHA-256 without channel binding, but the "
                "SCRAM message includes channel binding data.");
        }
        if (!type || *type != binding_type) {
            return sql_error(sqlstate::protocol_violation,
                             "unsupported SCRAM channel-binding type");
        }
    } else if (flag_ == 'n' || flag_ == 'y') {
        if (plus_) {
            return malformed(
                "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does "
                "not include channel binding data.");
        }
        // It would have used what we offered, had somebody in between not struck it out.
        if (flag_ == 'y' && !options_.channel_binding.empty()) {
            return sql_error(sqlstate::invalid_authorization_specification,
                             "SCRAM channel binding negotiation error")
                .with_detail(
                    "The client supports SCRAM channel binding but thinks the server does "
                    "not.  However, this server does support channel binding.");
        }
        if (rest.size() < 2 || rest[1] != ',') return malformed("Comma expected.");
        rest.remove_prefix(2);
    } else {
        return malformed("Unexpected channel-binding flag.");
    }
    if (rest.starts_with("a=")) {
        return sql_error(sqlstate::feature_not_supported,
                         "client uses authorization identity, but it is not supported");
    }
    if (!rest.starts_with(',')) return malformed("Unexpected attribute in client-first-message.");
    rest.remove_prefix(1);
    gs2_header_ = whole.substr(0, whole.size() - rest.size());
    return {};
}

result<scram_fsm::answer> scram_fsm::start(std::string_view mechanism,
                                           std::string_view client_first) {
    plus_ = mechanism == scram_plus_mechanism && !options_.channel_binding.empty();
    if (!plus_ && (mechanism != scram_mechanism || options_.plus_only)) {
        return sql_error(sqlstate::protocol_violation,
                         "client selected an invalid SASL authentication mechanism");
    }
    auto rest = client_first;
    if (auto taken = take_gs2_header(rest); !taken) return taken.error();
    client_first_bare_ = rest;
    if (rest.starts_with("m=")) {
        return sql_error(sqlstate::feature_not_supported,
                         "client requires an unsupported SCRAM extension");
    }
    const auto user = take_attribute(rest, 'n'), nonce = take_attribute(rest, 'r');
    if (!user || !nonce || nonce->empty()) return malformed("Attribute \"r\" expected.");
    if (!is_printable(*nonce)) {
        return sql_error(sqlstate::protocol_violation, "non-printable characters in SCRAM nonce");
    }
    nonce_ = std::string(*nonce) + options_.server_nonce;
    server_first_ = "r=" + nonce_ + ",s=" + base64(options_.verifier.salt) +
                    ",i=" + std::to_string(options_.verifier.iterations);
    return answer(challenge{server_first_});
}

result<void> scram_fsm::check_channel_binding(std::string_view attribute) const {
    const auto expected = base64(gs2_header_ + (plus_ ? options_.channel_binding : std::string()));
    if (attribute == expected) return {};
    if (plus_) {
        return sql_error(sqlstate::invalid_authorization_specification,
                         "SCRAM channel binding check failed");
    }
    return sql_error(sqlstate::protocol_violation,
                     "unexpected SCRAM channel-binding attribute in client-final-message");
}

result<scram_fsm::answer> scram_fsm::finish(std::string_view client_final) {
    auto rest = client_final;
    const auto binding = take_attribute(rest, 'c'), nonce = take_attribute(rest, 'r');
    if (!binding || !nonce) return malformed("Attribute \"c\" expected.");
    if (auto bound = check_channel_binding(*binding); !bound) return bound.error();
    if (*nonce != nonce_) {
        return sql_error(sqlstate::protocol_violation, "invalid SCRAM response")
            .with_detail("Nonce does not match.");
    }
    // Extensions may stand before the proof, which is last.
    const auto proof_at = client_final.rfind(",p=");
    const auto proof = proof_at == client_final.npos
                           ? std::nullopt
                           : base64_decoded(client_final.substr(proof_at + 3));
    if (!proof || proof->size() != scram_key_bytes) {
        return malformed("Malformed proof in client-final-message.");
    }
    const auto message = client_first_bare_ + "," + server_first_ + "," +
                         std::string(client_final.substr(0, proof_at));
    const auto& v = options_.verifier;
    auto client_key = hmac_sha_256(v.stored_key, message);
    for (std::size_t i = 0; i < client_key.size(); ++i) {
        client_key[i] = static_cast<char>(client_key[i] ^ (*proof)[i]);
    }
    const bool fits = is_same(sha_256(client_key), v.stored_key);
    if (!fits || options_.is_mock) return answer(denied{});
    return answer(success{"v=" + base64(hmac_sha_256(v.server_key, message))});
}

}  // namespace historyd::protocol
