#pragma once

#include <absl/base/thread_annotations.h>

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "proxy/session/activity.hpp"
#include "storage/base/client_log.hpp"
#include "storage/base/metrics.hpp"
#include "storage/sql_session.hpp"

namespace historyd::session {

enum class statement_kind : std::uint8_t {
    select,
    insert,
    update,
    delete_,
    ddl,
    copy,
    transaction,  // BEGIN, COMMIT, ..., and the commit that Sync carries out
    other,
};
inline constexpr std::array<std::string_view, 8> statement_kind_names = {
    "select", "insert", "update", "delete", "ddl", "copy", "transaction", "other"};

statement_kind kind_of(const prepared_statement& statement);

// Where every statement of every session ends up: counted by kind and SQLSTATE, timed, and logged
// when it was slow. Any thread. What succeeds takes no lock; what fails takes one.
class statement_log {
public:
    // What `finished` is told of a statement.
    struct finished_statement {
        statement_kind kind;
        std::chrono::steady_clock::duration took;
        std::string_view text;
    };

    explicit statement_log(client_log& lines) : lines_(lines) {}

    void succeeded(const finished_statement& s, const activity& who);
    void failed(statement_kind kind, const sql_error& error, const activity& who);
    // A session ended by an error of its own (57P01 included).
    void session_ended(const sql_error& error, const activity& who);

    // Statements that take at least this long are logged; below zero: none.
    void set_slow(std::chrono::milliseconds least) { slow_us_ = slow_us_of(least); }

    const metrics::duration_histogram& durations(statement_kind kind) const {
        return durations_[static_cast<std::size_t>(kind)];
    }
    // By kind and SQLSTATE.
    std::map<std::pair<statement_kind, std::string>, std::uint64_t> errors() const;
    std::uint64_t slow() const { return slow_.get(); }

private:
    static std::int64_t slow_us_of(std::chrono::milliseconds least) {
        return least.count() < 0 ? INT64_MAX : std::chrono::microseconds(least).count();
    }

    client_log& lines_;
    std::array<metrics::duration_histogram, statement_kind_names.size()> durations_;
    metrics::counter slow_;
    std::atomic<std::int64_t> slow_us_{INT64_MAX};
    mutable std::mutex mutex_;
    std::map<std::pair<statement_kind, std::string>, std::uint64_t> errors_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace historyd::session
