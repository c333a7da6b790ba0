#include "proxy/protocol/backend_messages.hpp"

namespace historyd::protocol {

void authentication_ok::encode(wire_writer w) const {
    w.begin('R');
    w.i32(0);
    w.end();
}

void authentication_sasl::encode(wire_writer w) const {
    w.begin('R');
    w.i32(10);
    for (const auto mechanism : mechanisms) w.cstring(mechanism);
    w.u8('\0');
    w.end();
}

void parameter_status::encode(wire_writer w) const {
    w.begin('S');
    w.cstring(name);
    w.cstring(value);
    w.end();
}

void backend_key_data::encode(wire_writer w) const {
    w.begin('K');
    w.i32(process_id);
    w.bytes(key);
    w.end();
}

void ready_for_query::encode(wire_writer w) const {
    w.begin('Z');
    w.u8(status);
    w.end();
}

void command_complete::encode(wire_writer w) const {
    w.begin('C');
    w.cstring(tag);
    w.end();
}

void parameter_description::encode(wire_writer w) const {
    w.begin('t');
    w.count(types.size());
    for (const auto type : types) w.u32(type);
    w.end();
}

void negotiate_protocol_version::encode(wire_writer w) const {
    w.begin('v');
    w.u32(version);
    w.u32(static_cast<std::uint32_t>(unknown_options.size()));
    for (const auto& option : unknown_options) w.cstring(option);
    w.end();
}

void notification_response::encode(wire_writer w) const {
    w.begin('A');
    w.i32(process_id);
    w.cstring(channel);
    w.cstring(payload);
    w.end();
}

void copy_data::encode(wire_writer w) const {
    w.begin('d');
    w.bytes(bytes);
    w.end();
}

row_description_writer::row_description_writer(wire_writer w, std::size_t columns) : w_(w) {
    w_.begin('T');
    w_.count(columns);
}

void row_description_writer::add(const column_description& c) {
    w_.cstring(c.name);
    w_.u32(c.table);
    w_.i16(c.attnum);
    w_.u32(c.type);
    w_.i16(c.length);
    w_.i32(c.typmod);
    w_.i16(c.format);
}

data_row_writer::data_row_writer(wire_writer w, std::size_t columns) : w_(w) {
    w_.begin('D');
    w_.count(columns);
}

void data_row_writer::add(std::string_view bytes) {
    w_.i32(static_cast<std::int32_t>(bytes.size()));
    w_.bytes(bytes);
}

namespace {

void encode_fields(char type, const sql_error& e, wire_writer w) {
    const auto field = [&w](char code, std::string_view text) {
        if (text.empty()) return;
        w.u8(code);
        w.cstring(text);
    };
    w.begin(type);
    field('S', to_string(e.severity));
    field('V', to_string(e.severity));
    field('C', e.sqlstate);
    // The message is the one field a client may rely on.
    field('M', e.message.empty() ? "missing error text" : e.message);
    field('D', e.detail);
    field('H', e.hint);
    if (e.position > 0) field('P', std::to_string(e.position));
    field('W', e.where);
    field('s', e.schema_name);
    field('t', e.table_name);
    field('c', e.column_name);
    field('d', e.data_type_name);
    field('n', e.constraint_name);
    // asyncpg and pgjdbc prepare anew when they read this routine's name, and give up without it.
    if (e.message == "cached plan must not change result type") field('R', "RevalidateCachedQuery");
    w.u8('\0');
    w.end();
}

}  // namespace

void encode_error(const sql_error& error, wire_writer w) { encode_fields('E', error, w); }
void encode_notice(const sql_error& notice, wire_writer w) { encode_fields('N', notice, w); }

}  // namespace historyd::protocol
