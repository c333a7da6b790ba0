#include "storage/writer/write_job.hpp"

namespace historyd::writer {

namespace {

std::size_t bytes_of(const std::vector<value>& values) {
    std::size_t bytes = values.size() * sizeof(value);
    for (const auto& v : values) {
        if (const auto* text = std::get_if<std::string>(&v)) bytes += text->size();
        if (const auto* b = std::get_if<blob>(&v)) bytes += b->bytes.size();
    }
    return bytes;
}

}  // namespace

unit_size size_of(const write_unit& unit) {
    unit_size size;
    for (const auto& statement : unit.statements) {
        size.rows += statement.concrete ? statement.rows.size() : 1;
        size.bytes += bytes_of(statement.parameters);
        for (const auto& row : statement.rows) size.bytes += bytes_of(row);
    }
    return size;
}

void refuse(write_job& job, const sql_error& why) {
    std::visit([&](auto& j) { j.answer.post(why); }, job);
}

const sqlite::context_ptr& context_of(const write_job& job) {
    if (const auto* unit = std::get_if<unit_job>(&job)) return unit->unit.context;
    return std::get<acquire_job>(job).context;
}

std::optional<sql_error> reason_to_leave(const write_job& job) {
    const auto& context = *context_of(job);
    if (auto interrupted = sqlite::interruption(context)) return interrupted;
    constexpr auto never = std::chrono::steady_clock::time_point::max();
    if (context.lock_deadline == never ||
        std::chrono::steady_clock::now() < context.lock_deadline) {
        return std::nullopt;
    }
    return sql_error(sqlstate::lock_not_available, "canceling statement due to lock timeout");
}

}  // namespace historyd::writer
