#pragma once

#include <filesystem>
#include <span>

#include "storage/sqlite/database.hpp"

namespace historyd::writer {

// Before historyd's first change to a file that another program made (its own tables, WAL, the
// index on memory_id): a verified copy beside it, `<file>.before-historyd`, or with a number when
// there is one. Does nothing for a new file and for one that historyd has changed before.
// Errors: those of sqlite::back_up; the file is as it was then.
result<void> copy_before_first_change(const std::filesystem::path& file, sqlite::database& db,
                                      std::span<const sqlite::database::extension> extensions);

// Says in the log when mem0 left a migration half finished (history_old, old_history): those rows
// are in no table that mem0 or its clients read.
result<void> report_unfinished_migration(const std::filesystem::path& file, sqlite::database& db);

}  // namespace historyd::writer
