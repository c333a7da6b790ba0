#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "storage/base/completion.hpp"
#include "storage/base/lingering.hpp"
#include "storage/writer/writer.hpp"

namespace historyd::writer {

// What a lease asks of the writer.
struct execute_op {
    write_statement statement;
    sqlite::context_ptr context;
    completion<result<statement_outcome>> answer;
};
struct savepoint_op {
    enum class kind : std::uint8_t { set, release, rollback_to } what{};
    std::size_t depth = 0;
    completion<result<void>> answer;
};
struct constraints_op {
    bool deferred = true;
    std::vector<constraint_key> keys;
    sqlite::context_ptr context;
    completion<result<void>> answer;
};
struct commit_op {
    completion<result<std::int64_t>> answer;  // its last entry in the outbox
};
struct rollback_op {
    completion<result<void>> answer;
};                   // always succeeds
struct close_op {};  // the handle is gone

using lease_op =
    std::variant<execute_op, savepoint_op, constraints_op, commit_op, rollback_op, close_op>;

// The mailbox between a lease's session and the writer thread, and how the lease ended. Once ended,
// the writer is gone from it and every call is answered from here.
class lease_state {
public:
    // Session. Answers at once when the lease has ended.
    void post(lease_op op);
    schema::schema_ptr schema() const;
    std::uint64_t commit_count() const { return commit_count_; }

    // Writer: the next op; nullopt when there is none until `until`.
    std::optional<lease_op> wait(std::chrono::steady_clock::time_point until, lingering& linger);
    void set_schema(schema::schema_ptr s);
    // Writer: later calls are answered with `why`; nullopt after the session's own COMMIT or
    // ROLLBACK.
    void end(std::optional<sql_error> why);

    // Writer only: SET CONSTRAINTS, and what it was at each savepoint, by depth.
    key_deferral deferral;
    std::vector<key_deferral> deferral_at_savepoint;

    explicit lease_state(std::uint64_t commit_count) : commit_count_(commit_count) {}

private:
    void answer_ended(lease_op& op, const sql_error& why);

    const std::uint64_t commit_count_;
    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable wake_;
    bool asleep_ = false;
    std::deque<lease_op> ops_;
    schema::schema_ptr schema_;
    bool ended_ = false;
    sql_error why_;
};

}  // namespace historyd::writer
