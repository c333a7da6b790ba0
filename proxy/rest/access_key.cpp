#include "proxy/rest/access_key.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

namespace historyd::rest {

namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

digest digest_of(std::string_view text) {
    digest out{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
    return out;
}

// The credentials of "Bearer KEY", the scheme in any case (RFC 9110, 11.1).
std::string_view bearer(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        if ((authorization[i] | 0x20) != scheme[i]) return {};
    }
    authorization.remove_prefix(scheme.size());
    while (authorization.starts_with(' ')) authorization.remove_prefix(1);
    return authorization;
}

}  // namespace

// Digests have one length, so the time tells nothing of the key's.
bool access_key::matches(std::string_view given) const {
    const auto a = digest_of(key_), b = digest_of(given);
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

result<void> access_key::check(std::string_view apikey, std::string_view authorization) const {
    const auto token = bearer(authorization);
    if (apikey.empty() && token.empty()) {
        return sql_error("PGRST302", "Anonymous access is disabled")
            .with_hint("Send the key as apikey or as Authorization: Bearer.");
    }
    if (!matches(apikey) && !matches(token)) return sql_error("PGRST301", "Invalid API key");
    return {};
}

}  // namespace historyd::rest
