#include "storage/outbox/stored_position.hpp"

#include <algorithm>

namespace historyd::outbox {

value hash_value(const chain_hash& hash) { return blob{std::string(hash.begin(), hash.end())}; }

position position_of(const std::vector<value>& row) {
    position out;
    out.seq = catalog::stored_row(row).integer(0);
    const auto* hash = std::get_if<blob>(&row.at(1));
    if (hash != nullptr && hash->bytes.size() == out.hash.size()) {
        std::ranges::copy(hash->bytes, out.hash.begin());
    }
    return out;
}

result<state> load_state(sqlite::database& db) {
    state out;
    auto acked = catalog::query(db, "SELECT acked_seq, acked_hash FROM historyd_state");
    if (!acked) return acked.error();
    auto pruned = catalog::query(db, "SELECT pruned_seq, pruned_hash FROM historyd_state");
    if (!pruned) return pruned.error();
    if (!acked->empty()) out.acked = position_of(acked->front());
    if (!pruned->empty()) out.pruned = position_of(pruned->front());
    return out;
}

}  // namespace historyd::outbox
