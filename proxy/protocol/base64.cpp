#include "proxy/protocol/base64.hpp"

#include <openssl/evp.h>

namespace historyd::protocol {

namespace {

const unsigned char* unsigned_bytes(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

unsigned char* unsigned_bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

}  // namespace

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the encoder adds a NUL
    EVP_EncodeBlock(unsigned_bytes(out), unsigned_bytes(bytes), static_cast<int>(bytes.size()));
    out.pop_back();
    return out;
}

std::optional<std::string> base64_decoded(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    const int length =
        EVP_DecodeBlock(unsigned_bytes(out), unsigned_bytes(text), static_cast<int>(text.size()));
    if (length != static_cast<int>(out.size())) return std::nullopt;
    for (auto rest = text; rest.ends_with('=') && !out.empty(); rest.remove_suffix(1))
        out.pop_back();
    // The decoder lets white space and odd padding pass; what encodes back to itself has neither.
    if (base64(out) != text) return std::nullopt;
    return out;
}

}  // namespace historyd::protocol
