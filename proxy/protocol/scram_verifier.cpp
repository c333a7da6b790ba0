#include "proxy/protocol/scram_verifier.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stringprep.h>

#include <charconv>
#include <cstdlib>
#include <memory>

#include "proxy/protocol/base64.hpp"

namespace historyd::protocol {

namespace {

constexpr std::string_view scheme = "SCRAM-SHA-256$";

const unsigned char* unsigned_bytes(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

unsigned char* unsigned_bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

struct c_free {
    void operator()(char* p) const { std::free(p); }
};

// What stands before `mark`, and the rest behind it. Returns: nothing when there is no mark.
std::optional<std::string_view> taken_until(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    if (at == text.npos) return std::nullopt;
    const auto taken = text.substr(0, at);
    text.remove_prefix(at + 1);
    return taken;
}

}  // namespace

std::string sha_256(std::string_view bytes) {
    std::string out(scram_key_bytes, '\0');
    SHA256(unsigned_bytes(bytes), bytes.size(), unsigned_bytes(out));
    return out;
}

std::string hmac_sha_256(std::string_view key, std::string_view bytes) {
    std::string out(scram_key_bytes, '\0');
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_bytes(bytes),
         bytes.size(), unsigned_bytes(out), nullptr);
    return out;
}

std::string prepared_password(std::string_view password) {
    char* prepared = nullptr;
    const std::string text(password);
    const int code =
        stringprep_profile(text.c_str(), &prepared, "SASLprep", STRINGPREP_NO_UNASSIGNED);
    const std::unique_ptr<char, c_free> owned(prepared);
    return code == STRINGPREP_OK && *prepared != '\0' ? prepared : text;
}

std::optional<scram_verifier> scram_verifier::parse(std::string_view text) {
    if (!text.starts_with(scheme)) return std::nullopt;
    text.remove_prefix(scheme.size());
    const auto count = taken_until(text, ':'), salt_text = taken_until(text, '$'),
               stored = taken_until(text, ':');
    if (!count || !salt_text || !stored) return std::nullopt;
    scram_verifier v;
    const auto* end = count->data() + count->size();
    const auto [stopped, failed] = std::from_chars(count->data(), end, v.iterations);
    const auto salt = base64_decoded(*salt_text), stored_key = base64_decoded(*stored),
               server_key = base64_decoded(text);
    if (failed != std::errc() || stopped != end || v.iterations == 0 || !salt || salt->empty() ||
        !stored_key || stored_key->size() != scram_key_bytes || !server_key ||
        server_key->size() != scram_key_bytes) {
        return std::nullopt;
    }
    v.salt = *salt;
    v.stored_key = *stored_key;
    v.server_key = *server_key;
    return v;
}

std::string scram_verifier::text() const {
    return std::string(scheme) + std::to_string(iterations) + ":" + base64(salt) + "$" +
           base64(stored_key) + ":" + base64(server_key);
}

scram_verifier scram_verifier::of(std::string_view password, std::string salt,
                                  std::uint32_t iterations) {
    const auto prepared = prepared_password(password);
    std::string salted(scram_key_bytes, '\0');
    PKCS5_PBKDF2_HMAC(prepared.data(), static_cast<int>(prepared.size()), unsigned_bytes(salt),
                      static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                      static_cast<int>(salted.size()), unsigned_bytes(salted));
    return {.iterations = iterations,
            .salt = std::move(salt),
            .stored_key = sha_256(hmac_sha_256(salted, "Client Key")),
            .server_key = hmac_sha_256(salted, "Server Key")};
}

scram_verifier scram_verifier::mock(std::string_view user, std::string_view secret) {
    const auto drawn = [&](std::string_view purpose) {
        return hmac_sha_256(secret, std::string(purpose) + std::string(user));
    };
    return {.iterations = scram_iterations,
            .salt = drawn("salt ").substr(0, scram_salt_bytes),
            .stored_key = drawn("stored "),
            .server_key = drawn("server ")};
}

}  // namespace historyd::protocol
