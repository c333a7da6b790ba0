#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/protocol/wire_writer.hpp"
#include "storage/base/sql_error.hpp"

// What the server sends (PostgreSQL documentation, "Message Formats"). Every message encodes itself
// into a buffer: ready_for_query{'I'}.encode(out).

namespace historyd::protocol {

// A message of a type byte alone: 'x' | int32 4
template <char type_byte>
struct empty_message {
    void encode(wire_writer w) const {
        w.begin(type_byte);
        w.end();
    }
};
using parse_complete = empty_message<'1'>;
using bind_complete = empty_message<'2'>;
using close_complete = empty_message<'3'>;
using copy_done = empty_message<'c'>;  // either direction
using empty_query_response = empty_message<'I'>;
using no_data = empty_message<'n'>;
using portal_suspended = empty_message<'s'>;

// AuthenticationOk: 'R' | int32 8 | int32 0
struct authentication_ok {
    void encode(wire_writer w) const;
};

// AuthenticationSASL: 'R' | int32 length | int32 10 | cstring mechanism each | byte 0
struct authentication_sasl {
    std::span<const std::string_view> mechanisms;
    void encode(wire_writer w) const;
};

// AuthenticationSASLContinue 11, AuthenticationSASLFinal 12: 'R' | int32 length | int32 code |
// bytes
template <std::int32_t code>
struct authentication_sasl_data {
    std::string_view data;
    void encode(wire_writer w) const {
        w.begin('R');
        w.i32(code);
        w.bytes(data);
        w.end();
    }
};
using authentication_sasl_continue = authentication_sasl_data<11>;
using authentication_sasl_final = authentication_sasl_data<12>;

// ParameterStatus: 'S' | int32 length | cstring name | cstring value
struct parameter_status {
    std::string_view name, value;
    void encode(wire_writer w) const;
};

// BackendKeyData: 'K' | int32 length | int32 process id | bytes key (4 in protocol 3.0, to 256
// in 3.2)
struct backend_key_data {
    std::int32_t process_id;
    std::string_view key;
    void encode(wire_writer w) const;
};

// ReadyForQuery: 'Z' | int32 5 | byte transaction status
struct ready_for_query {
    char status;  // 'I' idle, 'T' in a transaction, 'E' in a failed one
    void encode(wire_writer w) const;
};

// CommandComplete: 'C' | int32 length | cstring tag
struct command_complete {
    std::string_view tag;
    void encode(wire_writer w) const;
};

// ParameterDescription: 't' | int32 length | int16 count | int32 type OID each
struct parameter_description {
    std::span<const std::uint32_t> types;
    void encode(wire_writer w) const;
};

// NegotiateProtocolVersion: 'v' | int32 length | int32 version | int32 count | cstring option each
struct negotiate_protocol_version {
    std::uint32_t version;  // newest we speak of the client's major version: major << 16 | minor
    std::vector<std::string> unknown_options;
    void encode(wire_writer w) const;
};

// NotificationResponse: 'A' | int32 length | int32 process id | cstring channel | cstring payload
struct notification_response {
    std::int32_t process_id;
    std::string_view channel, payload;
    void encode(wire_writer w) const;
};

// CopyInResponse 'G', CopyOutResponse 'H': int32 length | int8 overall format | int16 columns |
// int16 format each
template <char type_byte>
struct copy_response {
    std::size_t columns = 0;
    std::int16_t format = 0;  // 0 text and CSV, 1 binary
    void encode(wire_writer w) const {
        w.begin(type_byte);
        w.u8(static_cast<char>(format));
        w.count(columns);
        for (std::size_t i = 0; i < columns; ++i) w.i16(format);
        w.end();
    }
};
using copy_in_response = copy_response<'G'>;
using copy_out_response = copy_response<'H'>;

// CopyData: 'd' | int32 length | bytes. Either direction.
struct copy_data {
    std::string_view bytes;
    void encode(wire_writer w) const;
};

// One column of RowDescription.
struct column_description {
    std::string_view name;
    std::uint32_t table = 0;  // OID; 0 when not a plain column
    std::int16_t attnum = 0;
    std::uint32_t type = 0;
    std::int16_t length = -1;  // pg_type.typlen
    std::int32_t typmod = -1;
    std::int16_t format = 0;
};

// RowDescription: 'T' | int32 length | int16 columns | per column: cstring name, int32 table OID,
// int16 attribute number, int32 type OID, int16 type length, int32 typmod, int16 format
// add() exactly `columns` times; the destructor completes the message.
class row_description_writer {
public:
    row_description_writer(wire_writer w, std::size_t columns);
    ~row_description_writer() { w_.end(); }
    row_description_writer(const row_description_writer&) = delete;
    row_description_writer& operator=(const row_description_writer&) = delete;

    void add(const column_description& c);

private:
    wire_writer w_;
};

// DataRow: 'D' | int32 length | int16 columns | per column: int32 length (-1 NULL), bytes
// Rows of a statement are encoded by session/row_encoder; this is for the few that are made up.
class data_row_writer {
public:
    data_row_writer(wire_writer w, std::size_t columns);
    ~data_row_writer() { w_.end(); }
    data_row_writer(const data_row_writer&) = delete;
    data_row_writer& operator=(const data_row_writer&) = delete;

    void add(std::string_view bytes);
    void add_null() { w_.i32(-1); }

private:
    wire_writer w_;
};

// ErrorResponse 'E', NoticeResponse 'N': int32 length | per field: byte code, cstring | byte 0
// Fields in PostgreSQL's order: S V C M D H P W s t c d n; empty ones are left out.
void encode_error(const sql_error& error, wire_writer w);
void encode_notice(const sql_error& notice, wire_writer w);

}  // namespace historyd::protocol
