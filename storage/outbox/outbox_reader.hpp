#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "storage/outbox/change.hpp"
#include "storage/outbox/former_types.hpp"
#include "storage/schema/schema.hpp"
#include "storage/sqlite/database.hpp"

namespace historyd::outbox {

struct read_limits {
    std::size_t rows_max = 1000;
    std::size_t bytes_max = 4 << 20;
    bool operator==(const read_limits&) const = default;
};

// Whole transactions that follow a place in the journal.
struct journal_part {
    std::vector<change> changes;
    bool more = false;  // the limits ended it, not the journal's end
};

// A change that was set aside because the backend refused it.
struct parked_change {
    outbox::change change;
    std::string sqlstate, message;
    std::int64_t parked_us = 0;
};

// Reads the journal on a read-only connection of its own: committed entries only. Used on one
// thread.
class outbox_reader {
public:
    // Requires: the writer has opened the file to forward.
    static result<std::unique_ptr<outbox_reader>> open(const std::filesystem::path& file);

    // Entries after `seq`, whole transactions only: as many as fit the limits, the first one
    // however large. Empty when there is nothing (yet).
    result<journal_part> read(std::int64_t after_seq, read_limits limits);
    // Entries first_seq to last_seq, for bisecting.
    result<std::vector<change>> read_range(std::int64_t first_seq, std::int64_t last_seq);

    // The journal's position at an entry that is still kept, or at the acknowledged mark; nullopt
    // when it is not known any more (pruned) or not yet.
    result<std::optional<position>> at(std::int64_t seq);
    result<position> acknowledged();
    // Where a rewind can go at most: everything after this is kept.
    result<position> oldest_kept();
    result<outbox::identity> identity();
    result<std::vector<parked_change>> parked();

private:
    explicit outbox_reader(std::unique_ptr<sqlite::database> db);
    // Requires: a transaction is open.
    result<void> follow_schema();
    result<change> change_at(const std::vector<value>& stored);

    std::unique_ptr<sqlite::database> db_;
    std::shared_ptr<const schema::schema> schema_;
    former_types former_types_;
    std::int64_t schema_version_ = -1;  // SQLite's
};

}  // namespace historyd::outbox
