#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/outbox/change.hpp"

struct evp_md_ctx_st;
struct evp_md_st;

namespace historyd::outbox {

// One entry as it is hashed: the texts as they lie in the file.
struct chain_link {
    std::int64_t seq = 0, txid = 0;
    std::string_view op, table, key, row;
    bool has_key = true, has_row = true;
};

// SHA-256 along the journal. Keeps OpenSSL's state between calls; used on one thread.
class chain {
public:
    chain();
    ~chain();
    chain(const chain&) = delete;
    chain& operator=(const chain&) = delete;

    chain_hash next(const chain_hash& before, const chain_link& link);

private:
    struct deleter {
        void operator()(evp_md_ctx_st* context) const;
        void operator()(evp_md_st* algorithm) const;
    };
    std::unique_ptr<evp_md_st, deleter> sha256_;
    std::unique_ptr<evp_md_ctx_st, deleter> context_;
    std::string bytes_;  // of one entry
};

}  // namespace historyd::outbox
