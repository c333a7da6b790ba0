#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "proxy/protocol/scram_verifier.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::protocol {

inline constexpr std::string_view scram_mechanism = "SCRAM-SHA-256",
                                  scram_plus_mechanism = "SCRAM-SHA-256-PLUS";

// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677; channel binding
// tls-server-end-point, RFC 5929). Pure: the nonce comes from outside.
//   client-first  gs2-header "n=" user ",r=" nonce     gs2-header: ("n" | "y" | "p=" type) ",,"
//   server-first  "r=" both nonces ",s=" salt ",i=" iterations
//   client-final  "c=" gs2-header and binding ",r=" both nonces ",p=" proof
//   server-final  "v=" signature
// The user's name is that of the start-up packet, as in PostgreSQL; the one in here is not used.
class scram_fsm {
public:
    struct options {
        scram_verifier verifier;
        bool is_mock = false;      // nobody gets in, with the same effort
        std::string server_nonce;  // printable, without a comma
        // Hash of the server's certificate; empty: SCRAM-SHA-256-PLUS is not offered.
        std::string channel_binding;
        bool plus_only = false;
    };
    explicit scram_fsm(options o) : options_(std::move(o)) {}

    bool offers_plus() const { return !options_.channel_binding.empty(); }

    struct challenge {
        std::string data;  // AuthenticationSASLContinue
    };
    struct success {
        std::string data;  // AuthenticationSASLFinal
    };
    // The proof is wrong: what to say is the caller's affair, one message for every reason.
    struct denied {};
    using answer = std::variant<challenge, success, denied>;

    // SASLInitialResponse, then SASLResponse. Errors: 08P01, 0A000 and 28000 with PostgreSQL's
    // words.
    result<answer> start(std::string_view mechanism, std::string_view client_first);
    result<answer> finish(std::string_view client_final);

private:
    result<void> take_gs2_header(std::string_view& rest);
    result<void> check_channel_binding(std::string_view attribute) const;

    options options_;
    bool plus_ = false;
    char flag_ = 'n';
    std::string gs2_header_, nonce_, client_first_bare_, server_first_;
};

}  // namespace historyd::protocol
