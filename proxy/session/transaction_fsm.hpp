#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::session {

// The state of a session's transaction block and what each transaction statement does to it
// (PostgreSQL's xact.c, seen from outside). Pure: the driver carries out the decisions.
class transaction_fsm {
public:
    enum class block : std::uint8_t {
        idle,       // no transaction; a statement is its own
        implicit,   // opened by a multi-statement string or a pipeline, until its end
        explicit_,  // BEGIN
        failed      // an error inside BEGIN: only COMMIT, ROLLBACK and ROLLBACK TO
    };

    // What the driver does to the storage transaction, in this order.
    struct decision {
        bool commit = false, rollback = false, begin = false;
        std::string_view tag;
        std::shared_ptr<const sql_error> warning;
    };

    block state() const { return state_; }
    bool is_open() const { return state_ != block::idle; }
    // Inside of what PostgreSQL calls a transaction block: BEGIN's or a string's, not a pipeline's.
    bool is_in_block() const { return is_open() && !(state_ == block::implicit && of_pipeline_); }
    // ReadyForQuery's byte.
    char status() const;
    // 25P02 in a failed block, for every statement but those that end it.
    result<void> check_usable() const;

    decision begin(bool start_keyword);
    result<decision> commit(bool chain);
    result<decision> rollback(bool chain);
    // A statement of a multi-statement string or pipeline runs outside BEGIN. Returns: whether the
    // driver begins a storage transaction.
    enum class origin : std::uint8_t { string, pipeline };
    bool enter_implicit(origin from);
    // End of the string, or Sync. Returns: whether the driver commits.
    bool leave_implicit();
    // A statement failed. Returns: whether the driver rolls back (implicit block).
    bool statement_failed();
    // COMMIT itself failed: everything is rolled back already.
    void commit_failed() { end(); }

    // Savepoints. Depths count from 1, the outermost.
    result<std::size_t> savepoint(std::string name);
    result<std::size_t> release(std::string_view name);
    result<std::size_t> rollback_to(std::string_view name);

private:
    result<void> require_block(std::string_view what) const;
    result<std::size_t> find(std::string_view name) const;
    void end();

    block state_ = block::idle;
    bool of_pipeline_ = false;  // the implicit block
    std::vector<std::string> savepoints_;
};

}  // namespace historyd::session
