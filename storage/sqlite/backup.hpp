#pragma once

#include <filesystem>
#include <span>

#include "storage/sqlite/database.hpp"

namespace historyd::sqlite {

// Copies a database that others may be reading and writing meanwhile (SQLite's online backup),
// checks the copy (PRAGMA integrity_check, with `extensions` for collations and functions that its
// indexes use), syncs it and only then gives it its name. Blocks for as long as that takes.
// Errors: 53100 when the copy would not fit on the disk; 42710 when `destination` is there already:
// it is never replaced; XX001 when the copy is damaged. Nothing is left behind then.
result<void> back_up(database& source, const std::filesystem::path& destination,
                     std::span<const database::extension> extensions);

}  // namespace historyd::sqlite
