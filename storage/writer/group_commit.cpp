// writer_thread: batches. What was queued while the last COMMIT was on its way to the disk shares
// the next one.

#include <algorithm>

#include "storage/writer/writer_thread.hpp"

namespace historyd::writer {

namespace {

using clock = std::chrono::steady_clock;

std::vector<std::size_t> marks_of(const write_unit& unit) {
    std::vector<std::size_t> marks;
    for (const auto& statement : unit.statements) {
        marks.push_back(statement.sink != nullptr ? statement.sink->bytes() : 0);
    }
    return marks;
}

void rewind_sinks(const write_unit& unit, const std::vector<std::size_t>& marks) {
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (auto* sink = unit.statements[i].sink) sink->rewind(marks[i]);
    }
}

bool is_interruption(const sql_error& e) {
    return e.sqlstate == sqlstate::query_canceled || e.sqlstate == sqlstate::admin_shutdown;
}

}  // namespace

void writer_thread::run_batch() {
    std::vector<attempt> batch;
    batch.reserve(2 * last_batch_units_);
    const auto began = clock::now();
    auto end = batch_end::run_again;
    take_into(batch, began);
    for (bool restarted = false; end == batch_end::run_again; restarted = true) {
        if (auto begun = connection_->begin(); !begun) {
            fail(batch, begun.error());
            return answer(std::move(batch));
        }
        if (connection_->take_foreign_commits()) commits_.fetch_add(1);
        end = run_units(batch);
        // Arrivals while these ran join them; a batch that runs again has been long enough.
        std::optional<clock::time_point> until;
        while (end == batch_end::commit && !restarted) {
            const auto before = batch.size();
            take_into(batch, began);
            if (batch.size() > before) {
                end = run_units(batch);
            } else if (queue_.size() > 0 || !await_company(batch.size(), until)) {
                break;
            }
        }
    }
    const auto succeeded = [](const attempt& a) { return a.outcome.has_value(); };
    if (end == batch_end::commit && std::ranges::none_of(batch, succeeded)) {
        connection_->rollback();
    } else if (end == batch_end::commit) {
        auto committed = commit();
        if (!committed && committed.error().sqlstate == sqlstate::foreign_key_violation) {
            // A deferred constraint: only COMMIT finds it, and does not say whose it is.
            run_each_alone(batch);
        } else if (!committed) {
            fail(batch, committed.error());
        }
    }
    last_batch_units_ = batch.size();
    queued_then_ = queue_.size();
    shown_batch_units_ = batch.size();
    metrics_.batch_units.observe(batch.size());
    answer(std::move(batch));
    after_commit();
}

bool writer_thread::await_company(std::size_t units, std::optional<clock::time_point>& until) {
    auto wait = gather({.last_batch_units = last_batch_units_,
                        .queued_then = queued_then_,
                        .units = units,
                        .last_commit = last_commit_});
    const auto now = clock::now();
    if (!until) until = now + wait.time;
    if (wait.units == 0 || now >= *until) return false;
    wait.time = std::chrono::duration_cast<std::chrono::microseconds>(*until - now);
    return queue_.gather(wait);
}

void writer_thread::take_into(std::vector<attempt>& batch, clock::time_point began) {
    // A unit that changed the schema ends its batch: what follows was planned for the old one.
    if (!batch.empty() && connection_->changed_schema()) return;
    batch_so_far so_far{.units = batch.size(), .size = {}, .age = {}};
    for (const auto& a : batch) {
        so_far.size.rows += a.job.size.rows;
        so_far.size.bytes += a.job.size.bytes;
    }
    const auto now = clock::now();
    so_far.age = std::chrono::duration_cast<std::chrono::microseconds>(now - began);
    for (auto& job : queue_.take_units(so_far, limits_)) {
        auto& a = batch.emplace_back();
        metrics_.queue_wait.observe(waited_us(job.queued, now));
        a.sink_marks = marks_of(job.unit);
        a.job = std::move(job);
    }
}

// Runs the units of the batch that have not run in this transaction.
writer_thread::batch_end writer_thread::run_units(std::vector<attempt>& batch) {
    for (auto& a : batch) {
        if (a.ran || a.failed_alone) continue;
        const auto end = run_unit(a);
        if (end == batch_end::commit) continue;
        if (end == batch_end::fail_all) {
            fail(batch, a.outcome.error());
            return end;
        }
        // SQLite rolled everything back with the failed unit: the others run again without it.
        for (auto& other : batch) {
            if (other.failed_alone) continue;
            rewind_sinks(other.job.unit, other.sink_marks);
            other.ran = false;
        }
        return end;
    }
    return batch_end::commit;
}

writer_thread::batch_end writer_thread::run_unit(attempt& a) {
    a.ran = true;
    if (auto stopped = sqlite::interruption(*a.job.unit.context)) {
        a.outcome = *std::move(stopped);
        a.failed_alone = true;
        return batch_end::commit;
    }
    if (!a.job.unit.outbox_request) {
        if (auto full = progress_.refusal()) {
            a.outcome = *std::move(full);
            a.failed_alone = true;
            return batch_end::commit;
        }
    }
    a.outcome = connection_->run(a.job.unit);
    if (a.outcome || connection_->in_transaction()) return batch_end::commit;
    connection_->rollback();
    a.failed_alone = true;
    const bool innocent_others = is_interruption(a.outcome.error()) ||
                                 a.outcome.error().sqlstate == sqlstate::disk_full ||
                                 a.outcome.error().sqlstate == sqlstate::out_of_memory;
    return innocent_others ? batch_end::run_again : batch_end::fail_all;
}

void writer_thread::run_each_alone(std::vector<attempt>& batch) {
    for (auto& a : batch) {
        if (a.failed_alone) continue;
        rewind_sinks(a.job.unit, a.sink_marks);
        if (auto begun = connection_->begin(); !begun) {
            a.outcome = begun.error();
            continue;
        }
        run_unit(a);
        if (!connection_->in_transaction()) continue;
        if (auto committed = commit(); !committed) a.outcome = committed.error();
    }
}

// The units that would have been answered with success; the others keep their own error.
void writer_thread::fail(std::vector<attempt>& batch, const sql_error& why) {
    for (auto& a : batch) {
        if (!a.failed_alone && (!a.ran || a.outcome)) a.outcome = why;
    }
}

// One hop per I/O thread for the whole batch.
void writer_thread::answer(std::vector<attempt> batch) {
    using answers = std::vector<settled>;
    std::vector<std::pair<asio::any_io_executor, std::shared_ptr<answers>>> groups;
    for (auto& a : batch) {
        if (a.outcome) {
            units_.fetch_add(1, std::memory_order_relaxed);
            statements_.fetch_add(a.job.unit.statements.size(), std::memory_order_relaxed);
        }
        const auto& executor = a.job.answer.executor();
        auto group = std::ranges::find(groups, executor, [](const auto& g) { return g.first; });
        if (group == groups.end()) {
            groups.emplace_back(executor, std::make_shared<answers>());
            group = groups.end() - 1;
        }
        group->second->push_back(
            {std::move(a.job.answer), std::move(a.outcome), std::move(a.job.unit)});
    }
    for (auto& [executor, group] : groups) {
        asio::post(executor, [group = std::move(group)] {
            for (auto& s : *group) s.answer.resume(std::move(s.outcome));
        });
    }
}

}  // namespace historyd::writer
