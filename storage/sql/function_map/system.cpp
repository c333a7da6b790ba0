#include "storage/sql/function_map/families.hpp"

namespace historyd::sql {
namespace {

const std::vector<function_entry>& session_entries() {
    static const std::vector<function_entry> table = {
        stable({"version", {}, t::text, "pg_version()"}),
        stable({"current_database", {}, t::name, "pg_current_database()"}),
        stable({"current_schema", {}, t::name, "pg_current_schema()"}),
        stable({"current_schemas", {t::bool_}, t::name_array, "pg_current_schemas"}),
        stable({"current_user", {}, t::name, "pg_current_user()"}),
        stable({"session_user", {}, t::name, "pg_current_user()"}),
        stable({"getpgusername", {}, t::name, "pg_current_user()"}),
        stable({"getdatabaseencoding", {}, t::name, "'UTF8'"}),
        stable({"pg_client_encoding", {}, t::name, "'UTF8'"}),
        stable({"current_setting", {t::text}, t::text, "pg_current_setting(%1, 0)"}),
        stable({"current_setting", {t::text, t::bool_}, t::text, "pg_current_setting"}),
        volatile_call({"set_config", {t::text, t::text, t::bool_}, t::text, "pg_set_config"}),
        stable({"pg_backend_pid", {}, t::int4, "pg_backend_pid()"}),
        stable({"inet_client_port", {}, t::int4, "pg_inet_client_port()"}),
        stable({"inet_server_port", {}, t::int4, "pg_inet_server_port()"}),
        stable({"pg_postmaster_start_time", {}, t::timestamptz, "pg_postmaster_start_time()"}),
        stable({"pg_conf_load_time", {}, t::timestamptz, "pg_postmaster_start_time()"}),
        volatile_call({"pg_is_in_recovery", {}, t::bool_, "0"}),
        volatile_call({"pg_is_wal_replay_paused", {}, t::bool_, "0"}),
        volatile_call({"pg_jit_available", {}, t::bool_, "0"}),
        stable({"txid_current", {}, t::int8, "pg_txid_current()"}),
        stable({"txid_current_if_assigned", {}, t::int8, "pg_txid_current()"}),
        stable({"pg_my_temp_schema", {}, t::oid_, "pg_my_temp_schema()"}),
        stable({"pg_is_other_temp_schema", {t::oid_}, t::bool_, "pg_is_other_temp_schema"}),
        stable({"pg_trigger_depth", {}, t::int4, "0"}),
        volatile_call(
            {"pg_blocking_pids", {t::int4}, t::int4_array, "iif(%1 IS NULL, NULL, '{}')"}),
        volatile_call({"pg_cancel_backend", {t::int4}, t::bool_, "pg_cancel_backend"}),
        volatile_call({"pg_terminate_backend", {t::int4}, t::bool_, "pg_terminate_backend"}),
        volatile_call(
            {"pg_terminate_backend", {t::int4, t::int8}, t::bool_, "pg_terminate_backend(%1)"}),
        volatile_call({"historyd_retry_parked", {t::int8}, t::bool_, "historyd_retry_parked"}),
        volatile_call({"historyd_discard_parked", {t::int8}, t::bool_, "historyd_discard_parked"}),
        // What waits does so for each session by itself, and keeps nobody from sending.
        volatile_call({"pg_notification_queue_usage", {}, t::float8, "0.0"}),
        volatile_call({"pg_sleep", {t::float8}, t::void_, "pg_sleep_seconds"}),
        volatile_call({"pg_sleep_for",
                       {t::interval},
                       t::void_,
                       "pg_sleep_seconds(pg_date_part_interval('epoch', %1))"}),
        volatile_call({"pg_sleep_until",
                       {t::timestamptz},
                       t::void_,
                       "pg_sleep_seconds(pg_date_part_timestamptz('epoch', %1) - "
                       "pg_date_part_timestamptz('epoch', pg_clock_timestamp()))"}),
    };
    return table;
}

const std::vector<function_entry>& value_entries() {
    static const std::vector<function_entry> table = {
        // The argument is evaluated, as any function's is.
        stable({"pg_typeof", {t::any}, t::regtype, "CASE WHEN %1 IS NULL THEN %t1 ELSE %t1 END"}),
        stable({"pg_collation_for", {t::any}, t::text, "pg_collation_for(%1, %t1)"}),
        stable({"pg_column_size", {t::any}, t::int4, "pg_column_size(%1, %t1)"}),
        variadic({"num_nulls", {t::any}, t::int4, "pg_num_nulls"}),
        variadic({"num_nonnulls", {t::any}, t::int4, "pg_num_nonnulls"}),
        {"pg_size_pretty", {t::int8}, t::text, "pg_size_pretty_int8"},
        {"pg_size_pretty", {t::numeric}, t::text, "pg_size_pretty_numeric"},
        {"pg_size_bytes", {t::text}, t::int8, "pg_size_bytes"},
        volatile_call({"gen_random_uuid", {}, t::uuid, "pg_random_uuid()"}),
        volatile_call({"uuid_generate_v4", {}, t::uuid, "pg_random_uuid()"}),
        volatile_call({"gen_random_bytes", {t::int4}, t::bytea, "pg_random_bytes"}),
        {"uuid_generate_v3", {t::uuid, t::text}, t::uuid, "pg_uuid_v3"},
        {"uuid_generate_v5", {t::uuid, t::text}, t::uuid, "pg_uuid_v5"},
        {"uuid_nil", {}, t::uuid, "'00000000-0000-0000-0000-000000000000'"},
        // RFC 4122, appendix C.
        {"uuid_ns_dns", {}, t::uuid, "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"},
        {"uuid_ns_url", {}, t::uuid, "'6ba7b811-9dad-11d1-80b4-00c04fd430c8'"},
        {"uuid_ns_oid", {}, t::uuid, "'6ba7b812-9dad-11d1-80b4-00c04fd430c8'"},
        {"uuid_ns_x500", {}, t::uuid, "'6ba7b814-9dad-11d1-80b4-00c04fd430c8'"},
        volatile_call({"nextval", {t::regclass}, t::int8, "pg_nextval"}),
        volatile_call({"currval", {t::regclass}, t::int8, "pg_currval"}),
        volatile_call({"lastval", {}, t::int8, "pg_lastval()"}),
        volatile_call({"setval", {t::regclass, t::int8}, t::int8, "pg_setval(%1, %2, 1)"}),
        volatile_call({"setval", {t::regclass, t::int8, t::bool_}, t::int8, "pg_setval"}),
        volatile_call({"pg_sequence_last_value", {t::regclass}, t::int8, "pg_sequence_last_value"}),
        volatile_call({"pg_notify", {t::text, t::text}, t::void_, "pg_notify"}),
    };
    return table;
}

std::vector<function_entry> advisory_lock_entries() {
    static constexpr std::pair<std::string_view, oid> locks[] = {
        {"pg_advisory_lock", t::void_},          {"pg_advisory_lock_shared", t::void_},
        {"pg_advisory_xact_lock", t::void_},     {"pg_advisory_xact_lock_shared", t::void_},
        {"pg_try_advisory_lock", t::bool_},      {"pg_try_advisory_lock_shared", t::bool_},
        {"pg_try_advisory_xact_lock", t::bool_}, {"pg_try_advisory_xact_lock_shared", t::bool_},
        {"pg_advisory_unlock", t::bool_},        {"pg_advisory_unlock_shared", t::bool_},
    };
    std::vector<function_entry> out = {
        volatile_call({"pg_advisory_unlock_all", {}, t::void_, "pg_advisory_unlock_all()"})};
    for (const auto& [name, returns] : locks) {
        out.push_back(volatile_call({name, {t::int8}, returns, name}));
        out.push_back(volatile_call({name, {t::int4, t::int4}, returns, name}));
    }
    return out;
}

}  // namespace

std::span<const function_entry> system_functions() {
    static const std::vector<function_entry> all = [] {
        auto out = session_entries();
        out.insert(out.end(), value_entries().begin(), value_entries().end());
        const auto locks = advisory_lock_entries();
        out.insert(out.end(), locks.begin(), locks.end());
        return out;
    }();
    return all;
}

}  // namespace historyd::sql
