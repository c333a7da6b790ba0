#pragma once

#include "storage/catalog/stored_rows.hpp"
#include "storage/outbox/change.hpp"

namespace historyd::outbox {

value hash_value(const chain_hash& hash);

// From a row whose first columns are seq and hash.
position position_of(const std::vector<value>& row);

struct state {
    position acked, pruned;
};
result<state> load_state(sqlite::database& db);

}  // namespace historyd::outbox
