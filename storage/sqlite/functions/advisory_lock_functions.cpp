#include "storage/sqlite/functions/families.hpp"

// pg_advisory_lock(), pg_try_advisory_xact_lock() and so on, of one int8 or two int4.

namespace historyd::sqlite {
namespace {

advisory_locks::key key_of(const function_call& c) {
    if (c.count() == 1) return {.number = c.integer(0)};
    const auto upper = static_cast<std::uint64_t>(c.integer(0)) << 32;
    const auto lower = static_cast<std::uint64_t>(c.integer(1)) & 0xffffffffu;
    return {.number = static_cast<std::int64_t>(upper | lower), .is_pair = true};
}

result<bool> take(const function_call& c, const advisory_locks::request& r) {
    const auto* session = c.session();
    if (session == nullptr || session->locks == nullptr || session->process_id == 0) {
        return unsupported("advisory locks without a session are not supported",
                           "Connect as a client does: they last as long as the connection.");
    }
    auto& effects = *session->session_effects;
    const bool taken = session->locks->try_lock(session->process_id, r);
    if (taken) effects.locks_taken.push_back(r);
    return taken;
}

template <bool Shared, bool OfTransaction>
result<value> try_lock(const function_call& c) {
    auto taken = take(c, {.key = key_of(c), .shared = Shared, .of_transaction = OfTransaction});
    if (!taken) return taken.error();
    return bool_value(*taken);
}

// Where it would have to wait the statement ends, and its session carries it out again when the
// lock is free.
template <bool Shared, bool OfTransaction>
result<value> lock(const function_call& c) {
    const advisory_locks::request r{
        .key = key_of(c), .shared = Shared, .of_transaction = OfTransaction};
    auto taken = take(c, r);
    if (!taken) return taken.error();
    if (*taken) return value(std::string());
    c.session()->session_effects->awaited_lock = r;
    return sql_error(sqlstate::lock_not_available, "an advisory lock is held by another session");
}

template <bool Shared>
result<value> unlock(const function_call& c) {
    const auto* session = c.session();
    const bool was_held =
        session != nullptr && session->locks != nullptr &&
        session->locks->unlock(session->process_id, {.key = key_of(c), .shared = Shared});
    if (!was_held && session != nullptr) {
        session->session_effects->notices.push_back(
            sql_error(sqlstate::warning, std::string("you don't own a lock of type ") +
                                             (Shared ? "ShareLock" : "ExclusiveLock"))
                .with_severity(severity::warning));
    }
    return bool_value(was_held);
}

result<value> unlock_all(const function_call& c) {
    const auto* session = c.session();
    if (session != nullptr && session->locks != nullptr) {
        session->locks->unlock_all(session->process_id);
    }
    return value(std::string());
}

}  // namespace

std::span<const scalar_function> advisory_lock_functions() {
    static constexpr scalar_function functions[] = {
        strict_volatile<lock<false, false>>("pg_advisory_lock", -1),
        strict_volatile<lock<true, false>>("pg_advisory_lock_shared", -1),
        strict_volatile<lock<false, true>>("pg_advisory_xact_lock", -1),
        strict_volatile<lock<true, true>>("pg_advisory_xact_lock_shared", -1),
        strict_volatile<try_lock<false, false>>("pg_try_advisory_lock", -1),
        strict_volatile<try_lock<true, false>>("pg_try_advisory_lock_shared", -1),
        strict_volatile<try_lock<false, true>>("pg_try_advisory_xact_lock", -1),
        strict_volatile<try_lock<true, true>>("pg_try_advisory_xact_lock_shared", -1),
        strict_volatile<unlock<false>>("pg_advisory_unlock", -1),
        strict_volatile<unlock<true>>("pg_advisory_unlock_shared", -1),
        strict_volatile<unlock_all>("pg_advisory_unlock_all", 0),
    };
    return functions;
}

}  // namespace historyd::sqlite
