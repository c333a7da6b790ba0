#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/protocol/wire_writer.hpp"
#include "storage/base/sql_error.hpp"

// What a client sends after start-up (PostgreSQL documentation, "Message Formats"). decode() takes
// the body, without type byte and length; the result borrows from it. Errors of decode(): 08P01
// with PostgreSQL's words, 22021 for a name that is not UTF-8. encode() is the client's side: tests
// and tools.

namespace historyd::protocol {

// Query: 'Q' | int32 length | cstring text
struct query_view {
    std::string_view text;
    static result<query_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// Parse: 'P' | int32 length | cstring statement | cstring query | int16 count | int32 OID each
struct parse_view {
    std::string_view statement, query;
    std::vector<std::uint32_t> parameter_types;  // 0: to be inferred
    static result<parse_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// Bind: 'B' | int32 length | cstring portal | cstring statement | int16 count, int16 format each |
// int16 count, per value int32 length (-1 NULL), bytes | int16 count, int16 result format each
struct bind_view {
    std::string_view portal, statement;
    std::vector<std::int16_t> parameter_formats;  // none: all text; one: for all
    std::vector<std::optional<std::string_view>> values;
    std::vector<std::int16_t> result_formats;
    static result<bind_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// Describe: 'D' | int32 length | byte 'S' or 'P' | cstring name
struct describe_view {
    char kind = 'S';  // 'S' statement, 'P' portal; decode lets no other through
    std::string_view name;
    static result<describe_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// Close: 'C' | int32 length | byte 'S' or 'P' | cstring name
struct close_view {
    char kind = 'S';  // as in describe_view
    std::string_view name;
    static result<close_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// Execute: 'E' | int32 length | cstring portal | int32 row limit
struct execute_view {
    std::string_view portal;
    std::int32_t max_rows = 0;  // 0 or less: no limit
    static result<execute_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// Flush 'H', Sync 'S', Terminate 'X', CopyDone 'c': int32 4. The body has to be empty.
result<void> decode_empty(std::string_view body);

// CopyFail: 'f' | int32 length | cstring reason
struct copy_fail_view {
    std::string_view reason;
    static result<copy_fail_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// FunctionCall: 'F' | int32 length | int32 function OID | int16 count, int16 format each | int16
// count, per argument int32 length (-1 NULL), bytes | int16 result format
struct function_call_view {
    std::uint32_t function = 0;
    std::vector<std::int16_t> argument_formats;
    std::vector<std::optional<std::string_view>> arguments;
    std::int16_t result_format = 0;
    static result<function_call_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// PasswordMessage: 'p' | int32 length | cstring password
struct password_view {
    std::string_view password;
    static result<password_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// SASLInitialResponse: 'p' | int32 length | cstring mechanism | int32 length (-1 none), bytes
struct sasl_initial_response_view {
    std::string_view mechanism;
    std::optional<std::string_view> data;
    static result<sasl_initial_response_view> decode(std::string_view body);
    void encode(wire_writer w) const;
};

// SASLResponse: 'p' | int32 length | bytes. Its body is the data.
struct sasl_response_view {
    std::string_view data;
    void encode(wire_writer w) const;
};

}  // namespace historyd::protocol
