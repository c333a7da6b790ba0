#pragma once

#include <filesystem>

#include "storage/outbox/change.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::outbox {

// What tells a file from a copy of it on this machine: inode and time of birth. The device is not
// among it, as its number may change with a reboot.
std::string facts_of(const std::filesystem::path& file);

// Reads who this file is, gives it a new incarnation, and a new node ID when it is new or its facts
// say that it is a copy. Requires: a transaction is open, the outbox tables are there.
result<identity> claim_identity(sqlite::database& db, const std::string& facts);

result<identity> load_identity(sqlite::database& db);

}  // namespace historyd::outbox
