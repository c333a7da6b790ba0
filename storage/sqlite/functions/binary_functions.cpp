#include <bit>

#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/text_encoding.hpp"

// Bytes and bits of a bytea; text to bytes and back.

namespace historyd::sqlite {
namespace {

sql_error index_out_of_range(std::int64_t index, std::int64_t count) {
    return {
        sqlstate::array_subscript_error,
        "index " + std::to_string(index) + " out of valid range, 0.." + std::to_string(count - 1)};
}

unsigned char byte_at(std::string_view bytes, std::int64_t i) {
    return static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
}

result<value> get_byte(const function_call& c) {
    const auto bytes = c.text(0);
    const auto i = c.integer(1), count = static_cast<std::int64_t>(bytes.size());
    if (i < 0 || i >= count) return index_out_of_range(i, count);
    return value(std::int64_t{byte_at(bytes, i)});
}

result<value> set_byte(const function_call& c) {
    std::string bytes(c.text(0));
    const auto i = c.integer(1), count = static_cast<std::int64_t>(bytes.size());
    if (i < 0 || i >= count) return index_out_of_range(i, count);
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(c.integer(2));
    return value(blob{std::move(bytes)});
}

result<value> get_bit(const function_call& c) {
    const auto bytes = c.text(0);
    const auto i = c.integer(1), count = static_cast<std::int64_t>(bytes.size()) * 8;
    if (i < 0 || i >= count) return index_out_of_range(i, count);
    return value(std::int64_t{(byte_at(bytes, i / 8) >> (i % 8)) & 1});
}

result<value> set_bit(const function_call& c) {
    std::string bytes(c.text(0));
    const auto i = c.integer(1), count = static_cast<std::int64_t>(bytes.size()) * 8;
    if (i < 0 || i >= count) return index_out_of_range(i, count);
    const auto bit = c.integer(2);
    if (bit != 0 && bit != 1) {
        return sql_error(sqlstate::invalid_parameter_value, "new bit must be 0 or 1");
    }
    auto& byte = bytes[static_cast<std::size_t>(i / 8)];
    const auto mask = 1u << (i % 8);
    const auto old = static_cast<unsigned char>(byte);
    byte = static_cast<char>(bit == 1 ? old | mask : old & ~mask);
    return value(blob{std::move(bytes)});
}

result<value> bit_count(const function_call& c) {
    std::int64_t n = 0;
    for (const char b : c.text(0)) n += std::popcount(static_cast<unsigned char>(b));
    return value(n);
}

result<value> encode(const function_call& c) {
    auto text = encode_bytes(c.text(0), c.text(1));
    if (!text) return text.error();
    return value(std::move(*text));
}

result<value> decode(const function_call& c) {
    auto bytes = decode_text(c.text(0), c.text(1));
    if (!bytes) return bytes.error();
    return value(blob{std::move(*bytes)});
}

result<character_set> character_set_argument(const function_call& c, int i, const char* role) {
    if (const auto set = find_character_set(c.text(i))) return *set;
    return sql_error(
        sqlstate::invalid_parameter_value,
        std::string("invalid ") + role + " encoding name \"" + std::string(c.text(i)) + "\"");
}

result<value> convert_from(const function_call& c) {
    const auto from = character_set_argument(c, 1, "source");
    if (!from) return from.error();
    auto text = to_utf8(c.text(0), *from);
    if (!text) return text.error();
    return value(std::move(*text));
}

result<value> convert_to(const function_call& c) {
    const auto to = character_set_argument(c, 1, "destination");
    if (!to) return to.error();
    auto bytes = from_utf8(c.text(0), *to);
    if (!bytes) return bytes.error();
    return value(blob{std::move(*bytes)});
}

result<value> convert(const function_call& c) {
    const auto from = character_set_argument(c, 1, "source");
    if (!from) return from.error();
    const auto to = character_set_argument(c, 2, "destination");
    if (!to) return to.error();
    const auto text = to_utf8(c.text(0), *from);
    if (!text) return text.error();
    auto bytes = from_utf8(*text, *to);
    if (!bytes) return bytes.error();
    return value(blob{std::move(*bytes)});
}

}  // namespace

std::span<const scalar_function> binary_functions() {
    static constexpr scalar_function functions[] = {
        strict<get_byte>("pg_get_byte", 2),     strict<set_byte>("pg_set_byte", 3),
        strict<get_bit>("pg_get_bit", 2),       strict<set_bit>("pg_set_bit", 3),
        strict<bit_count>("pg_bit_count", 1),   strict<encode>("pg_encode", 2),
        strict<decode>("pg_decode", 2),         strict<convert_from>("pg_convert_from", 2),
        strict<convert_to>("pg_convert_to", 2), strict<convert>("pg_convert", 3),
    };
    return functions;
}

}  // namespace historyd::sqlite
