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

chain::chain() : context_(EVP_MD_CTX_new()) {}
chain::~chain() = default;

void chain::context_deleter::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

chain_hash chain::next(const chain_hash& before, const chain_link& link) {
    std::string bytes(before.begin(), before.end());
    append(bytes, link.seq);
    append(bytes, link.txid);
    append(bytes, link.op);
    append(bytes, link.table);
    append(bytes, link.key, link.has_key);
    append(bytes, link.row, link.has_row);
    chain_hash out{};
    const bool hashed = EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1 &&
                        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
                        EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
    if (!hashed) std::abort();  // SHA-256 of memory has no way to fail
    return out;
}

}  // namespace historyd::outbox
