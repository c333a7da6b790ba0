#include "storage/writer/lease_state.hpp"

namespace historyd::writer {

lease::lease() = default;
lease::lease(std::shared_ptr<lease_state> state) : state_(std::move(state)) {}
lease::lease(lease&&) noexcept = default;
lease& lease::operator=(lease&& other) noexcept {
    std::swap(state_, other.state_);
    other.close();
    return *this;
}
lease::~lease() { close(); }

void lease::close() {
    if (auto state = std::exchange(state_, nullptr)) state->post(close_op{});
}

lease::operator bool() const { return state_ != nullptr; }

schema::schema_ptr lease::schema() const { return state_->schema(); }

std::uint64_t lease::commit_count() const { return state_->commit_count(); }

asio::awaitable<result<statement_outcome>> lease::execute(write_statement statement,
                                                          sqlite::context_ptr context) {
    auto start = [&](completion<result<statement_outcome>> answer) {
        state_->post(execute_op{std::move(statement), std::move(context), std::move(answer)});
    };
    co_return co_await wait_for_completion<result<statement_outcome>>(start);
}

asio::awaitable<result<void>> lease::savepoint(std::size_t depth) {
    return mark(static_cast<int>(savepoint_op::kind::set), depth);
}
asio::awaitable<result<void>> lease::release(std::size_t depth) {
    return mark(static_cast<int>(savepoint_op::kind::release), depth);
}
asio::awaitable<result<void>> lease::rollback_to(std::size_t depth) {
    return mark(static_cast<int>(savepoint_op::kind::rollback_to), depth);
}

asio::awaitable<result<void>> lease::mark(int what, std::size_t depth) {
    auto start = [&](completion<result<void>> answer) {
        state_->post(savepoint_op{static_cast<savepoint_op::kind>(what), depth, std::move(answer)});
    };
    co_return co_await wait_for_completion<result<void>>(start);
}

asio::awaitable<result<void>> lease::set_constraints(bool deferred,
                                                     std::vector<constraint_key> keys,
                                                     sqlite::context_ptr context) {
    auto start = [&](completion<result<void>> answer) {
        state_->post(
            constraints_op{deferred, std::move(keys), std::move(context), std::move(answer)});
    };
    co_return co_await wait_for_completion<result<void>>(start);
}

asio::awaitable<result<std::int64_t>> lease::commit() {
    auto start = [&](completion<result<std::int64_t>> answer) {
        state_->post(commit_op{std::move(answer)});
    };
    co_return co_await wait_for_completion<result<std::int64_t>>(start);
}

asio::awaitable<void> lease::rollback() {
    auto start = [&](completion<result<void>> answer) {
        state_->post(rollback_op{std::move(answer)});
    };
    co_await wait_for_completion<result<void>>(start);
}

}  // namespace historyd::writer
