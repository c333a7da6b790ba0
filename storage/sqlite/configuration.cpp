#include "storage/sqlite/configuration.hpp"

#include <sqlite3.h>

#include <stdexcept>

#include "storage/sqlite/memory_budget.hpp"
#include "storage/sqlite/page_cache_shim.hpp"

namespace historyd::sqlite {

void configure() {
    [[maybe_unused]] static const bool done = [] {
        // Refused once SQLite is in use, and the only one of them whose answer is looked at.
        if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK) {
            throw std::logic_error("SQLite was in use before it was configured");
        }
        memory_budget::install();
        install_page_cache_shim();
        // By itself SQLite takes and touches 20 pages for each cache it makes, one for the
        // temporary table of a subquery too.
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
        return true;
    }();
}

}  // namespace historyd::sqlite
