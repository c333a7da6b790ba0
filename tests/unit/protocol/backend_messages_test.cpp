#include "proxy/protocol/backend_messages.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/bytes.hpp"
#include "tests/unit/protocol/postgres_bytes.hpp"

// Every message against the bytes PostgreSQL 15 sent for it (capture_postgres.py).

namespace historyd::protocol {

namespace {

constexpr std::uint32_t table = 16400, int4 = 23, text = 25, varchar = 1043;

void idle(std::string& out) { ready_for_query{'I'}.encode(out); }

void ordinary_error(sql_error e, std::string& out) {
    encode_error(e, out);
    idle(out);
}

TEST(backend_messages, greeting) {
    std::string out;
    authentication_ok{}.encode(out);
    backend_key_data{4711, "\x01\x02\x03\x04"}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::greeting));
}

TEST(backend_messages, key_of_protocol_3_2) {
    std::string out;
    const std::string key(32, '\x55');
    backend_key_data{1, key}.encode(out);
    EXPECT_EQ(out, std::string("K\0\0\0\x28\0\0\0\x01", 9) + key);
}

TEST(backend_messages, parameter_status) {
    std::string out;
    parameter_status{"server_encoding", "UTF8"}.encode(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::parameter_status));
}

TEST(backend_messages, empty_query) {
    std::string out;
    empty_query_response{}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::empty_query));
}

TEST(backend_messages, rows) {
    std::string out;
    {
        row_description_writer row(out, 3);
        row.add({.name = "a", .type = int4, .length = 4});
        row.add({.name = "b", .type = varchar, .typmod = 11});
        row.add({.name = "c", .type = text});
    }
    {
        data_row_writer row(out, 3);
        row.add("1");
        row.add("x");
        row.add_null();
    }
    command_complete{"SELECT 1"}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::select));
}

TEST(backend_messages, extended_flow) {
    const auto columns = [](std::string& out) {
        row_description_writer row(out, 2);
        row.add({.name = "id", .table = table, .attnum = 1, .type = int4, .length = 4});
        row.add({.name = "v", .table = table, .attnum = 2, .type = text});
    };
    const auto row = [](std::string& out, std::string_view id, std::string_view v) {
        data_row_writer w(out, 2);
        w.add(id);
        w.add(v);
    };
    std::string out;
    parse_complete{}.encode(out);
    const std::uint32_t parameters[] = {int4, text};
    parameter_description{parameters}.encode(out);
    columns(out);
    bind_complete{}.encode(out);
    columns(out);
    row(out, "1", "a");
    portal_suspended{}.encode(out);
    row(out, "2", "b");
    command_complete{"SELECT 1"}.encode(out);
    close_complete{}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::extended));
}

TEST(backend_messages, no_data) {
    std::string out;
    parse_complete{}.encode(out);
    parameter_description{{}}.encode(out);
    no_data{}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::no_data));
}

TEST(backend_messages, error_with_position) {
    std::string out;
    ordinary_error(
        sql_error(sqlstate::syntax_error, "syntax error at or near \"FROM\"").with_position(15),
        out);
    EXPECT_EQ(out, from_hex(postgres_bytes::syntax_error));
}

TEST(backend_messages, error_with_constraint) {
    sql_error e(sqlstate::unique_violation,
                "duplicate key value violates unique constraint \"wired_key\"");
    e.detail = "Key (id)=(1) already exists.";
    e.schema_name = "public";
    e.table_name = "wired";
    e.constraint_name = "wired_key";
    std::string out;
    ordinary_error(e, out);
    EXPECT_EQ(out, from_hex(postgres_bytes::unique_violation));
}

TEST(backend_messages, error_with_column) {
    sql_error e(sqlstate::not_null_violation,
                "null value in column \"v\" of relation \"wired\" violates not-null constraint");
    e.detail = "Failing row contains (2, null).";
    e.schema_name = "public";
    e.table_name = "wired";
    e.column_name = "v";
    std::string out;
    ordinary_error(e, out);
    EXPECT_EQ(out, from_hex(postgres_bytes::not_null_violation));
}

TEST(backend_messages, error_with_hint) {
    std::string out;
    ordinary_error(
        sql_error(sqlstate::undefined_function, "function nosuch(integer) does not exist")
            .with_hint("No function matches the given name and argument types. You might "
                       "need to add explicit type casts.")
            .with_position(8),
        out);
    EXPECT_EQ(out, from_hex(postgres_bytes::hint));
}

TEST(backend_messages, error_with_context) {
    sql_error e(sqlstate::division_by_zero, "division by zero");
    e.where = "SQL statement \"SELECT 1/0\"\nPL/pgSQL function inline_code_block line 1 at PERFORM";
    std::string out;
    ordinary_error(e, out);
    EXPECT_EQ(out, from_hex(postgres_bytes::where));
}

TEST(backend_messages, warning_and_notice) {
    std::string out;
    encode_notice(
        sql_error(sqlstate::no_active_sql_transaction, "there is no transaction in progress")
            .with_severity(severity::warning),
        out);
    command_complete{"COMMIT"}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::warning));

    out.clear();
    encode_notice(
        sql_error(sqlstate::successful_completion, "table \"nosuch\" does not exist, skipping")
            .with_severity(severity::notice),
        out);
    command_complete{"DROP TABLE"}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::notice));
}

TEST(backend_messages, copy) {
    std::string out;
    copy_out_response{2}.encode(out);
    copy_data{"1\ta\n"}.encode(out);
    copy_data{"2\tb\n"}.encode(out);
    copy_done{}.encode(out);
    command_complete{"COPY 2"}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::copy_out));

    out.clear();
    copy_in_response{2}.encode(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::copy_in));
}

TEST(backend_messages, notification) {
    std::string out;
    command_complete{"LISTEN"}.encode(out);
    command_complete{"NOTIFY"}.encode(out);
    notification_response{4711, "news", "all well"}.encode(out);
    idle(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::notification));
}

TEST(backend_messages, failed_transaction) {
    std::string out;
    command_complete{"BEGIN"}.encode(out);
    encode_error({sqlstate::division_by_zero, "division by zero"}, out);
    ready_for_query{'E'}.encode(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::failed_block));
}

TEST(backend_messages, version_negotiation) {
    std::string out;
    negotiate_protocol_version{3u << 16, {"_pq_.one", "_pq_.two"}}.encode(out);
    EXPECT_EQ(out, from_hex(postgres_bytes::negotiation));
}

// A NUL in a text would end the field for the client and shift all that follows.
TEST(backend_messages, text_ends_at_nul) {
    std::string out;
    command_complete{std::string_view("SEL\0ECT", 7)}.encode(out);
    EXPECT_EQ(out, std::string("C\0\0\0\x08SEL\0", 9));
}

TEST(backend_messages, messages_follow_one_another_in_a_buffer) {
    std::string out = "before";
    no_data{}.encode(out);
    ready_for_query{'T'}.encode(out);
    EXPECT_EQ(out, std::string("beforen\0\0\0\x04Z\0\0\0\x05T", 17));
}

}  // namespace

}  // namespace historyd::protocol
