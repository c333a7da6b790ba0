#pragma once

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/live_server.hpp"

namespace historyd::sqlite {

// Registers pg_cancel_backend() and pg_terminate_backend(), which ask `live`; while that is null
// there are no sessions but one's own. `live` itself outlives the connection.
result<void> register_live_functions(database& db, live_server* const& live);

}  // namespace historyd::sqlite
