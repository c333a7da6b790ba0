#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/replicator/replicator_fsm.hpp"

namespace historyd::replicator::test {

using outbox::position;

inline outbox::chain_hash chained(const outbox::chain_hash& before, std::uint64_t salt) {
    std::uint64_t h = salt;
    for (std::size_t i = 0; i < 8; ++i) h = (h ^ before[i]) * 0x9e3779b97f4a7c15U;
    h ^= h >> 29;
    outbox::chain_hash out{};
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<unsigned char>(h >> (8 * i));
    return out;
}

// The SQLite file: changes in client transactions, a chain hash, the local mark, pruning. Copying
// it is a backup; a copy of the copy is a clone.
class journal_model {
public:
    struct change {
        position before, at;
        bool ends_transaction = false;
        bool poisoned = false;  // PostgreSQL rejects it
    };

    std::string backend_uuid;
    position acked, oldest;
    std::vector<change> changes;  // after oldest

    void append(std::size_t count, bool poisoned, std::uint64_t salt) {
        for (std::size_t i = 1; i <= count; ++i) {
            const auto before = end();
            changes.push_back({.before = before,
                               .at = {before.seq + 1, chained(before.hash, salt)},
                               .ends_transaction = i == count,
                               .poisoned = poisoned && i == 1});
        }
    }

    const position& end() const { return changes.empty() ? oldest : changes.back().at; }

    std::optional<outbox::chain_hash> hash_at(std::int64_t seq) const {
        if (seq == oldest.seq) return oldest.hash;
        if (seq == acked.seq) return acked.hash;
        const auto* c = find(seq);
        if (c == nullptr) return std::nullopt;
        return c->at.hash;
    }

    const change* find(std::int64_t seq) const {
        const auto index = seq - oldest.seq - 1;
        if (index < 0 || index >= static_cast<std::int64_t>(changes.size())) return nullptr;
        return &changes[static_cast<std::size_t>(index)];
    }

    // Whole transactions after `p`; nothing when they are no longer there.
    std::optional<extent> read(const position& p, std::size_t rows_max,
                               std::size_t transactions_max) const {
        if (p.seq < oldest.seq || hash_at(p.seq) != p.hash) return std::nullopt;
        extent found{.end = p};
        std::size_t rows = 0;
        for (const auto* c = find(p.seq + 1); c != nullptr; c = find(c->at.seq + 1)) {
            ++rows;
            if (!c->ends_transaction) continue;
            if (found.transactions > 0 && rows > rows_max) break;
            found = {.end = c->at, .transactions = found.transactions + 1, .rows = rows};
            if (found.transactions == transactions_max || rows >= rows_max) break;
        }
        return found;
    }

    // Drops what is acknowledged, but for the newest `keep` changes.
    void prune(std::int64_t keep) {
        while (!changes.empty() && changes.front().at.seq <= acked.seq - keep) {
            oldest = changes.front().at;
            changes.erase(changes.begin());
        }
    }
};

}  // namespace historyd::replicator::test
