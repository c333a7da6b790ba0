#pragma once

#include <span>

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"

namespace historyd {

// Takes the rows of a running statement, one call a row. The storage side calls it on the reader's
// or the writer's thread while the statement is being stepped; the owner must not touch the sink
// until the call that was given it has completed. proxy/ implements it by encoding DataRow
// messages.
class row_sink {
public:
    virtual ~row_sink() = default;

    // Requires: row has one element per result column. An error stops the statement with that
    // error.
    virtual result<void> add(std::span<const value_view> row) = 0;

    // Bytes taken so far; a reader pauses the statement when this passes its budget.
    virtual std::size_t bytes() const = 0;

    // Drops the rows added since bytes() was `mark`: the writer ran the statement in a transaction
    // that was rolled back, and runs it again.
    virtual void rewind(std::size_t mark) = 0;
};

}  // namespace historyd
