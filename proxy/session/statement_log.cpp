#include "proxy/session/statement_log.hpp"

#include <spdlog/spdlog.h>

namespace historyd::session {

namespace {

using namespace std::literals;

// SQLSTATEs of a backend may be any; beyond this many they are counted together.
constexpr std::size_t error_series_max = 512;

// What the operator should know of: resources, the system, bugs. Not a client's own mistakes.
bool is_operational(const sql_error& error) {
    const auto of_class = std::string_view(error.sqlstate).substr(0, 2);
    return of_class == "53" || of_class == "58" || of_class == "XX";
}

std::string told(const sql_error& error) {
    std::string text = std::string(error.sqlstate) + " " + error.message;
    if (!error.detail.empty()) text += "; " + error.detail;
    if (!error.hint.empty()) text += "; hint: " + error.hint;
    return text;
}

}  // namespace

statement_kind kind_of(const prepared_statement& statement) {
    const auto& kind = statement.kind;
    if (std::holds_alternative<sql::optimizable_statement>(kind)) {
        if (!statement.plan) return statement_kind::other;
        switch (statement.plan->command) {
            case sql::command::select:
                return statement_kind::select;
            case sql::command::insert:
                return statement_kind::insert;
            case sql::command::update:
                return statement_kind::update;
            case sql::command::delete_:
                return statement_kind::delete_;
            case sql::command::truncate:
            case sql::command::ddl:
                return statement_kind::ddl;
        }
    }
    const bool transaction = std::holds_alternative<sql::begin_statement>(kind) ||
                             std::holds_alternative<sql::commit_statement>(kind) ||
                             std::holds_alternative<sql::rollback_statement>(kind) ||
                             std::holds_alternative<sql::savepoint_statement>(kind) ||
                             std::holds_alternative<sql::release_statement>(kind) ||
                             std::holds_alternative<sql::rollback_to_statement>(kind);
    if (transaction) return statement_kind::transaction;
    if (std::holds_alternative<sql::copy_statement>(kind)) return statement_kind::copy;
    if (std::holds_alternative<sql::fetch_statement>(kind)) return statement_kind::select;
    return statement_kind::other;
}

void statement_log::succeeded(const finished_statement& s, const activity& who) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(s.took).count();
    durations_[static_cast<std::size_t>(s.kind)].observe(static_cast<std::uint64_t>(us));
    if (us < slow_us_.load(std::memory_order_relaxed)) return;
    slow_.add();
    constexpr std::size_t text_bytes_max = 2048;
    spdlog::warn("{}: duration: {}.{:03} ms  statement: {}{}", log_name(who.read()), us / 1000,
                 us % 1000, s.text.substr(0, text_bytes_max),
                 s.text.size() > text_bytes_max ? "..." : "");
}

void statement_log::failed(statement_kind kind, const sql_error& error, const activity& who) {
    {
        const std::lock_guard lock(mutex_);
        std::pair key(kind, std::string(error.sqlstate));
        if (errors_.size() >= error_series_max && !errors_.contains(key)) key.second = "other";
        ++errors_[std::move(key)];
    }
    if (is_operational(error) && error.severity < severity::fatal) {
        lines_.write(client_log::kind::statement, spdlog::level::err, "{}: {}",
                     log_name(who.read()), told(error));
    }
}

void statement_log::session_ended(const sql_error& error, const activity& who) {
    // A stop of the whole daemon says so once, not for every session.
    if (error.sqlstate == sqlstate::admin_shutdown) {
        spdlog::debug("{}: session ended: {}", log_name(who.read()), told(error));
    } else {
        lines_.write(client_log::kind::session, spdlog::level::warn, "{}: session ended: {}",
                     log_name(who.read()), told(error));
    }
}

std::map<std::pair<statement_kind, std::string>, std::uint64_t> statement_log::errors() const {
    const std::lock_guard lock(mutex_);
    return errors_;
}

}  // namespace historyd::session
