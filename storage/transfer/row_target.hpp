#pragma once

#include "storage/transfer/digest.hpp"
#include "storage/transfer/row_source.hpp"

namespace historyd::transfer {

// Where rows go. Used on one thread.
class row_target {
public:
    virtual ~row_target() = default;
    virtual const std::string& name() const = 0;

    // Called once before the first row of a table. Creates the table, or columns that an older mem0
    // did not have, unless `dry_run`. Returns: what makes a row the same there.
    // Errors: 0A000 when the table there is not of a layout that rows can be put into.
    virtual result<row_identity> prepare(std::size_t table, bool dry_run) = 0;

    // Rows that are there already. For each of `batch` (one table's) the one with its id, or
    // without ids an equal one, or nothing.
    virtual result<std::vector<std::optional<record>>> find(std::span<const record> batch) = 0;

    // All or none. Returns: how many of them an interrupted run had put there.
    // Errors: 23505 when an id is there already.
    virtual result<std::size_t> insert(std::span<const record> batch) = 0;

    // Rows that PostgreSQL would refuse can be put there (SQLite and CSV files take any).
    virtual bool takes_defects() const = 0;

    // After the last row: indexes. Everything is durable when it returns.
    virtual result<void> finish() = 0;
    // After the comparison: the final name of a file.
    virtual result<void> publish() { return {}; }

    // A target that cannot look rows up is compared by reading it back whole.
    virtual result<source_ptr> read_back() { return source_ptr(); }
    virtual bool can_find() const { return true; }
};

using target_ptr = std::unique_ptr<row_target>;

// A file that is there already is copied first; one that a historyd serves is refused (55006).
result<target_ptr> open_sqlite_target(const std::string& file, bool dry_run);
// New files only (42710): written as NAME.partial, and named when complete. An interrupted run's
// goes on after the rows that both have.
result<target_ptr> open_csv_target(const std::string& file);
result<target_ptr> open_jsonl_target(const std::string& file);
result<target_ptr> open_url_target(const std::string& url);

// By what the argument is.
result<target_ptr> open_target(const std::string& argument, bool dry_run);

}  // namespace historyd::transfer
