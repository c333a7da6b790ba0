// session: statements that wait for the end of their transaction, which has arrived already.
//
// A pipeline or a string of several statements is one transaction whose every part is known. Its
// writes are put off until COMMIT, Sync or the string's end and go to the writer as one unit. Their
// answers are inserted where they belong in the output, which is not sent before.

#include "proxy/protocol/backend_messages.hpp"
#include "proxy/session/session_impl.hpp"

namespace historyd::session {

namespace {

// A longer pipeline is carried out on the way.
constexpr std::size_t deferred_max = 1024;
constexpr std::size_t output_bytes_max = 64 * 1024;

}  // namespace

bool session::impl::can_defer(const portal& p, run_options options) const {
    const auto& statement = p.statement->statement;
    if (!std::holds_alternative<sql::optimizable_statement>(statement.kind)) return false;
    if (options.mode != run_mode::in_transaction || options.max_rows != 0 || p.started)
        return false;
    const auto next = transport_->peek_type();
    if (!more_follows_ && (!next || *next == 'H')) return false;
    return sql_.can_defer(statement);
}

session::impl::outcome session::impl::defer(portal& p, run_options options) {
    auto& statement = p.statement->statement;
    if (auto current = sql_.refresh(statement, p.statement->described); !current) {
        return current.error();
    }
    deferred_answer answer{.at = transport_->out().size(),
                           .plan = statement.plan,
                           .formats = {},
                           .describe = options.describe,
                           .rows = nullptr,
                           .statement = p.statement,
                           .watch = {.kind = kind_,
                                     .text = statement.raw.text(),
                                     .started = std::chrono::steady_clock::now()}};
    auto formats = spread_formats(p.formats, answer.plan->columns.size());
    if (!formats) return formats.error();
    answer.formats = *formats;
    answer.rows =
        std::make_unique<row_encoder>(answer.plan->columns, *std::move(formats), sql_.io(),
                                      parameters_.limits.portal_buffer_bytes_max);
    if (auto taken = sql_.defer(statement, std::move(p.parameters), *answer.rows); !taken) {
        return taken.error();
    }
    p.started = true;
    deferred_.push_back(std::move(answer));
    return completion{.tag = {}, .suspended = false, .silent = true, .deferred = true};
}

bool session::impl::must_settle() const {
    return !deferred_.empty() && (!transport_->peek_type() || deferred_.size() >= deferred_max ||
                                  transport_->out().size() >= output_bytes_max);
}

asio::awaitable<result<void>> session::impl::settle() {
    if (deferred_.empty()) co_return result<void>{};
    auto done = co_await sql_.run_deferred();
    co_return place_answers(std::move(done));
}

asio::awaitable<result<void>> session::impl::settle_and_commit(bool& ended) {
    const auto count = deferred_.size();
    auto done = co_await sql_.commit_deferred();
    ended = done.done.size() == count;
    co_return place_answers(std::move(done));
}

result<void> session::impl::place_answers(deferred_outcome ran) {
    const auto answers = std::exchange(deferred_, {});
    const auto parsed = std::exchange(parsed_meanwhile_, {});
    auto& out = transport_->out();
    const auto before = std::exchange(out, {});
    std::size_t copied = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto& answer = answers[i];
        out.append(before, copied, answer.at - copied);
        copied = answer.at;
        if (i == ran.done.size()) {
            for (const auto& [after, name] : parsed) {
                if (after > i) store_.remove_statement(name);
            }
            return *std::move(ran.failure);
        }
        if (i == 0) send_notices();
        const auto& plan = *answer.plan;
        if (answer.describe && plan.returns_rows) row_description(plan.columns, answer.formats);
        answer.rows->move_to(out);
        const auto& done = ran.done[i];
        const auto count = plan.command == sql::command::select
                               ? done.rows
                               : static_cast<std::uint64_t>(done.affected);
        protocol::command_complete{tag_of(plan, count)}.encode(out);
        succeeded(answer.watch);
    }
    out.append(before, copied);
    if (ran.failure) return *std::move(ran.failure);
    return {};
}

}  // namespace historyd::session
