#include "proxy/session/transaction_fsm.hpp"

namespace historyd::session {

namespace {

std::shared_ptr<const sql_error> warning(std::string_view state, std::string text) {
    return std::make_shared<const sql_error>(
        sql_error(state, std::move(text)).with_severity(severity::warning));
}

std::shared_ptr<const sql_error> no_transaction() {
    return warning(sqlstate::no_active_sql_transaction, "there is no transaction in progress");
}

sql_error chain_outside_block(std::string_view statement) {
    return {sqlstate::no_active_sql_transaction,
            std::string(statement) + " AND CHAIN can only be used in transaction blocks"};
}

}  // namespace

char transaction_fsm::status() const {
    switch (state_) {
        case block::idle:
        case block::implicit:
            return 'I';
        case block::explicit_:
            return 'T';
        case block::failed:
            return 'E';
    }
    return 'I';
}

result<void> transaction_fsm::check_usable() const {
    if (state_ != block::failed) return {};
    return sql_error(sqlstate::in_failed_sql_transaction,
                     "current transaction is aborted, commands ignored until end of transaction "
                     "block");
}

transaction_fsm::decision transaction_fsm::begin(bool start_keyword) {
    decision d;
    d.tag = start_keyword ? "START TRANSACTION" : "BEGIN";
    switch (state_) {
        case block::idle:
            d.begin = true;
            break;
        case block::implicit:
            break;  // promoted: what ran before belongs to the block
        case block::explicit_:
        case block::failed:
            d.warning = warning(sqlstate::active_sql_transaction,
                                "there is already a transaction in progress");
            return d;
    }
    state_ = block::explicit_;
    return d;
}

result<transaction_fsm::decision> transaction_fsm::commit(bool chain) {
    decision d;
    d.tag = "COMMIT";
    switch (state_) {
        case block::idle:
            if (chain) return chain_outside_block("COMMIT");
            d.warning = no_transaction();
            return d;
        case block::implicit:
            if (chain) return chain_outside_block("COMMIT");
            d.warning = no_transaction();
            d.commit = true;
            break;
        case block::explicit_:
            d.commit = true;
            break;
        case block::failed:
            d.rollback = true;
            d.tag = "ROLLBACK";
            break;
    }
    end();
    if (chain) {
        d.begin = true;
        state_ = block::explicit_;
    }
    return d;
}

result<transaction_fsm::decision> transaction_fsm::rollback(bool chain) {
    decision d;
    d.tag = "ROLLBACK";
    switch (state_) {
        case block::idle:
            if (chain) return chain_outside_block("ROLLBACK");
            d.warning = no_transaction();
            return d;
        case block::implicit:
            if (chain) return chain_outside_block("ROLLBACK");
            d.warning = no_transaction();
            break;
        case block::explicit_:
        case block::failed:
            break;
    }
    d.rollback = true;
    end();
    if (chain) {
        d.begin = true;
        state_ = block::explicit_;
    }
    return d;
}

bool transaction_fsm::enter_implicit(origin from) {
    if (state_ != block::idle) return false;
    state_ = block::implicit;
    of_pipeline_ = from == origin::pipeline;
    return true;
}

bool transaction_fsm::leave_implicit() {
    if (state_ != block::implicit) return false;
    end();
    return true;
}

bool transaction_fsm::statement_failed() {
    if (state_ == block::implicit) {
        end();
        return true;
    }
    if (state_ == block::explicit_) state_ = block::failed;
    return false;
}

result<void> transaction_fsm::require_block(std::string_view what) const {
    if (state_ == block::explicit_ || state_ == block::failed) return {};
    return sql_error(sqlstate::no_active_sql_transaction,
                     std::string(what) + " can only be used in transaction blocks");
}

result<std::size_t> transaction_fsm::find(std::string_view name) const {
    for (std::size_t depth = savepoints_.size(); depth > 0; --depth) {
        if (savepoints_[depth - 1] == name) return depth;
    }
    return sql_error(sqlstate::invalid_savepoint_specification,
                     "savepoint \"" + std::string(name) + "\" does not exist");
}

result<std::size_t> transaction_fsm::savepoint(std::string name) {
    if (auto inside = require_block("SAVEPOINT"); !inside) return inside.error();
    savepoints_.push_back(std::move(name));
    return savepoints_.size();
}

result<std::size_t> transaction_fsm::release(std::string_view name) {
    if (auto inside = require_block("RELEASE SAVEPOINT"); !inside) return inside.error();
    auto depth = find(name);
    if (depth) savepoints_.resize(*depth - 1);
    return depth;
}

result<std::size_t> transaction_fsm::rollback_to(std::string_view name) {
    if (auto inside = require_block("ROLLBACK TO SAVEPOINT"); !inside) return inside.error();
    auto depth = find(name);
    if (depth) {
        savepoints_.resize(*depth);
        state_ = block::explicit_;
    }
    return depth;
}

void transaction_fsm::end() {
    state_ = block::idle;
    savepoints_.clear();
}

}  // namespace historyd::session
