#pragma once

#include <algorithm>
#include <chrono>
#include <variant>

#include "storage/base/completion.hpp"
#include "storage/writer/batch_policy.hpp"
#include "storage/writer/writer.hpp"

// What crosses from a session's coroutine to the writer thread.

namespace historyd::writer {

struct unit_job {
    write_unit unit;
    unit_size size;
    std::chrono::steady_clock::time_point queued;
    completion<result<unit_outcome>> answer;
};

struct acquire_job {
    std::chrono::steady_clock::time_point queued;
    std::chrono::milliseconds idle_timeout{0};
    sqlite::context_ptr context;
    completion<result<lease>> answer;
};

using write_job = std::variant<unit_job, acquire_job>;

// Rows and an estimate of bytes, for the batch's caps.
unit_size size_of(const write_unit& unit);

// Fails the job: any thread.
void refuse(write_job& job, const sql_error& why);

// Since it was queued, microseconds.
inline std::uint64_t waited_us(std::chrono::steady_clock::time_point queued,
                               std::chrono::steady_clock::time_point now) {
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(now - queued);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(waited.count(), 0));
}

const sqlite::context_ptr& context_of(const write_job& job);

// Why the job waits no longer behind another session's transaction: cancelled, 57014; 55P03.
std::optional<sql_error> reason_to_leave(const write_job& job);

}  // namespace historyd::writer
