#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/transfer/record.hpp"

namespace historyd::transfer {

// Where rows come from: a database in one snapshot, or a file. Rows of one table come together.
// Used on one thread at a time.
class row_source {
public:
    virtual ~row_source() = default;
    virtual const std::string& name() const = 0;
    // Returns: false at the end.
    virtual result<bool> next(record& out) = 0;
    // To the first row again; of the same snapshot.
    virtual result<void> rewind() = 0;
    // How much of it has been read, 0 to 1.
    virtual double progress() const = 0;
};

using source_ptr = std::unique_ptr<row_source>;

// postgresql:// or postgres://: a running historyd, or any PostgreSQL.
bool is_url(std::string_view text);

// An SQLite file of mem0's, read only. Errors: 42P01 when it has none of mem0's tables.
result<source_ptr> open_sqlite_source(const std::string& file);
// CSV with a header line, and one JSON object a line. A file exported as NAME.csv brings
// NAME.messages.csv and NAME.memory_history.csv with it.
result<source_ptr> open_csv_source(const std::string& file);
result<source_ptr> open_csv_source(const std::string& name, std::vector<std::string> files);
result<source_ptr> open_jsonl_source(const std::string& file);
result<source_ptr> open_url_source(const std::string& url);

// By what the argument is. Every history below a folder is a source of its own, in order of name.
// Errors: 58030 when there is nothing to read, or it is none of these.
result<std::vector<source_ptr>> open_sources(const std::string& argument);

}  // namespace historyd::transfer
