#pragma once

#include <optional>
#include <string>

#include "storage/sqlite/database.hpp"

namespace historyd::outbox {

// What the file says of having been filled from its backend: historyd_hydration, one row, there
// from before the first table is made until the outbox has taken the tables over.
struct hydration_mark {
    std::string backend_uuid;  // empty: the backend had none yet
    bool complete = false;
};

// Returns: nothing when the file is not, or no longer, being filled.
result<std::optional<hydration_mark>> load_hydration(sqlite::database& db);
result<void> save_hydration(sqlite::database& db, const hydration_mark& mark);
result<void> forget_hydration(sqlite::database& db);

// No table of a user's, and no change was ever journaled: nothing of what a backend has can be
// older than what is here.
result<bool> is_untouched(sqlite::database& db);

}  // namespace historyd::outbox
