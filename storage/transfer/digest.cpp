#include "storage/transfer/digest.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <cstring>

namespace historyd::transfer {

namespace {

void append_length(std::string& out, std::uint64_t n) {
    for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(n >> shift));
}

std::uint64_t half_of(const hash128& hash, std::size_t at) {
    std::uint64_t v = 0;
    std::memcpy(&v, hash.data() + at, sizeof v);
    return v;
}

}  // namespace

hash128 row_hash(const record& r, row_identity identity) {
    static thread_local std::string bytes;
    bytes.clear();
    bytes += tables()[r.table].name;
    for (std::size_t i = identity == row_identity::whole ? 0 : 1; i < r.fields.size(); ++i) {
        append_length(bytes, r.fields[i] ? r.fields[i]->size() : ~std::uint64_t{0});
        if (r.fields[i]) bytes += *r.fields[i];
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> full{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), full.data());
    hash128 hash{};
    std::memcpy(hash.data(), full.data(), hash.size());
    return hash;
}

void digest::add(const hash128& hash) {
    ++rows_;
    const auto low = half_of(hash, 0);
    low_ += low;
    high_ += half_of(hash, 8) + (low_ < low ? 1 : 0);
}

std::string digest::checksum() const { return fmt::format("{:016x}{:016x}", high_, low_); }

}  // namespace historyd::transfer
