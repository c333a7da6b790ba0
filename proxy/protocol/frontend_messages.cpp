#include "proxy/protocol/frontend_messages.hpp"

#include "proxy/protocol/wire_reader.hpp"

namespace historyd::protocol {

namespace {

template <class message>
result<message> checked(message decoded, const wire_reader& r) {
    if (auto finished = r.finish(); !finished) return finished.error();
    return decoded;
}

std::vector<std::int16_t> read_formats(wire_reader& r) {
    std::vector<std::int16_t> formats;
    const auto count = r.u16();
    for (std::uint16_t i = 0; i < count && r.ok(); ++i) formats.push_back(r.i16());
    return formats;
}

std::vector<std::optional<std::string_view>> read_values(wire_reader& r) {
    std::vector<std::optional<std::string_view>> values;
    const auto count = r.u16();
    for (std::uint16_t i = 0; i < count && r.ok(); ++i) {
        const auto length = r.i32();
        if (length == -1) {
            values.emplace_back(std::nullopt);
        } else {
            values.emplace_back(r.bytes(length));
        }
    }
    return values;
}

void write_formats(wire_writer& w, const std::vector<std::int16_t>& formats) {
    w.count(formats.size());
    for (const auto format : formats) w.i16(format);
}

void write_values(wire_writer& w, const std::vector<std::optional<std::string_view>>& values) {
    w.count(values.size());
    for (const auto& v : values) {
        w.i32(v ? static_cast<std::int32_t>(v->size()) : -1);
        if (v) w.bytes(*v);
    }
}

template <class message>
result<message> decode_named(std::string_view body, std::string_view what) {
    wire_reader r(body);
    message m{.kind = r.u8(), .name = r.text()};
    if (auto finished = r.finish(); !finished) return finished.error();
    if (m.kind == 'S' || m.kind == 'P') return m;
    return sql_error(sqlstate::protocol_violation,
                     "invalid " + std::string(what) + " message subtype " +
                         std::to_string(static_cast<unsigned char>(m.kind)));
}

void encode_named(wire_writer w, char type, char kind, std::string_view name) {
    w.begin(type);
    w.u8(kind);
    w.cstring(name);
    w.end();
}

void encode_text(wire_writer w, char type, std::string_view text) {
    w.begin(type);
    w.cstring(text);
    w.end();
}

}  // namespace

result<query_view> query_view::decode(std::string_view body) {
    wire_reader r(body);
    return checked(query_view{.text = r.cstring()}, r);
}

void query_view::encode(wire_writer w) const { encode_text(w, 'Q', text); }

result<parse_view> parse_view::decode(std::string_view body) {
    wire_reader r(body);
    parse_view m{.statement = r.text(), .query = r.cstring(), .parameter_types = {}};
    const auto count = r.u16();
    for (std::uint16_t i = 0; i < count && r.ok(); ++i) m.parameter_types.push_back(r.u32());
    return checked(std::move(m), r);
}

void parse_view::encode(wire_writer w) const {
    w.begin('P');
    w.cstring(statement);
    w.cstring(query);
    w.count(parameter_types.size());
    for (const auto type : parameter_types) w.u32(type);
    w.end();
}

result<bind_view> bind_view::decode(std::string_view body) {
    wire_reader r(body);
    // Braces evaluate in order, which is the order on the wire.
    bind_view m{.portal = r.text(),
                .statement = r.text(),
                .parameter_formats = read_formats(r),
                .values = read_values(r),
                .result_formats = read_formats(r)};
    return checked(std::move(m), r);
}

void bind_view::encode(wire_writer w) const {
    w.begin('B');
    w.cstring(portal);
    w.cstring(statement);
    write_formats(w, parameter_formats);
    write_values(w, values);
    write_formats(w, result_formats);
    w.end();
}

result<describe_view> describe_view::decode(std::string_view body) {
    return decode_named<describe_view>(body, "DESCRIBE");
}

void describe_view::encode(wire_writer w) const { encode_named(w, 'D', kind, name); }

result<close_view> close_view::decode(std::string_view body) {
    return decode_named<close_view>(body, "CLOSE");
}

void close_view::encode(wire_writer w) const { encode_named(w, 'C', kind, name); }

result<execute_view> execute_view::decode(std::string_view body) {
    wire_reader r(body);
    return checked(execute_view{.portal = r.text(), .max_rows = r.i32()}, r);
}

void execute_view::encode(wire_writer w) const {
    w.begin('E');
    w.cstring(portal);
    w.i32(max_rows);
    w.end();
}

result<void> decode_empty(std::string_view body) { return wire_reader(body).finish(); }

result<copy_fail_view> copy_fail_view::decode(std::string_view body) {
    wire_reader r(body);
    return checked(copy_fail_view{.reason = r.text()}, r);
}

void copy_fail_view::encode(wire_writer w) const { encode_text(w, 'f', reason); }

result<function_call_view> function_call_view::decode(std::string_view body) {
    wire_reader r(body);
    function_call_view m{.function = r.u32(),
                         .argument_formats = read_formats(r),
                         .arguments = read_values(r),
                         .result_format = r.i16()};
    return checked(std::move(m), r);
}

void function_call_view::encode(wire_writer w) const {
    w.begin('F');
    w.u32(function);
    write_formats(w, argument_formats);
    write_values(w, arguments);
    w.i16(result_format);
    w.end();
}

result<password_view> password_view::decode(std::string_view body) {
    wire_reader r(body);
    return checked(password_view{.password = r.cstring()}, r);
}

void password_view::encode(wire_writer w) const { encode_text(w, 'p', password); }

result<sasl_initial_response_view> sasl_initial_response_view::decode(std::string_view body) {
    wire_reader r(body);
    sasl_initial_response_view m{.mechanism = r.cstring(), .data = std::nullopt};
    const auto length = r.i32();
    if (length != -1) m.data = r.bytes(length);
    return checked(std::move(m), r);
}

void sasl_initial_response_view::encode(wire_writer w) const {
    w.begin('p');
    w.cstring(mechanism);
    w.i32(data ? static_cast<std::int32_t>(data->size()) : -1);
    if (data) w.bytes(*data);
    w.end();
}

void sasl_response_view::encode(wire_writer w) const {
    w.begin('p');
    w.bytes(data);
    w.end();
}

}  // namespace historyd::protocol
