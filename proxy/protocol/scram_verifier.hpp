#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace historyd::protocol {

inline constexpr std::size_t scram_key_bytes = 32;   // SHA-256
inline constexpr std::size_t scram_salt_bytes = 16;  // as PostgreSQL
inline constexpr std::uint32_t scram_iterations = 4096;

// What a server keeps of a password (RFC 5802 section 3): enough to check it, not to use it.
struct scram_verifier {
    std::uint32_t iterations = scram_iterations;
    std::string salt, stored_key, server_key;

    // PostgreSQL's text: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, the last three base64.
    static std::optional<scram_verifier> parse(std::string_view text);
    std::string text() const;

    // Of a password as the user typed it.
    static scram_verifier of(std::string_view password, std::string salt,
                             std::uint32_t iterations = scram_iterations);
    // For a user that does not exist: looks like a real one, and always the same one to him who
    // asks again. No password fits it.
    static scram_verifier mock(std::string_view user, std::string_view secret);

    bool operator==(const scram_verifier&) const = default;
};

// SASLprep (RFC 4013), or the password as it is when that refuses it: what PostgreSQL's clients do.
std::string prepared_password(std::string_view password);

std::string sha_256(std::string_view bytes);
std::string hmac_sha_256(std::string_view key, std::string_view bytes);

}  // namespace historyd::protocol
