#include "storage/outbox/chain.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace historyd::outbox {

namespace {

// Every field with its length before it, so that no two entries hash the same bytes.
void append(std::string& out, std::int64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out += static_cast<char>(static_cast<std::uint64_t>(number) >> shift);
    }
}

void append(std::string& out, std::string_view text, bool there = true) {
    append(out, there ? static_cast<std::int64_t>(text.size()) : -1);
    out += text;
}

}  // namespace

// EVP_sha256() would be looked up at every digest.
chain::chain() : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {}
chain::~chain() = default;

void chain::deleter::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void chain::deleter::operator()(evp_md_st* algorithm) const { EVP_MD_free(algorithm); }

chain_hash chain::next(const chain_hash& before, const chain_link& link) {
    bytes_.assign(before.begin(), before.end());
    append(bytes_, link.seq);
    append(bytes_, link.txid);
    append(bytes_, link.op);
    append(bytes_, link.table);
    append(bytes_, link.key, link.has_key);
    append(bytes_, link.row, link.has_row);
    chain_hash out{};
    const bool hashed = EVP_DigestInit_ex(context_.get(), sha256_.get(), nullptr) == 1 &&
                        EVP_DigestUpdate(context_.get(), bytes_.data(), bytes_.size()) == 1 &&
                        EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
    if (!hashed) std::abort();  // SHA-256 of memory has no way to fail
    return out;
}

}  // namespace historyd::outbox
