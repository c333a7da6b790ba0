#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>

// Big-endian integers, as values on the wire are.

namespace historyd::protocol {

template <std::integral T>
void put_big_endian(T v, std::string& out) {
    char bytes[sizeof(T)];
    auto rest = static_cast<std::uint64_t>(v);
    for (std::size_t i = sizeof(T); i-- > 0; rest >>= 8) bytes[i] = static_cast<char>(rest & 0xFF);
    out.append(bytes, sizeof(T));
}

inline void put_int16(std::int16_t v, std::string& out) { put_big_endian(v, out); }
inline void put_int32(std::int32_t v, std::string& out) { put_big_endian(v, out); }
inline void put_int64(std::int64_t v, std::string& out) { put_big_endian(v, out); }

// Overwrites four bytes that were left for a length. Requires: at + 4 <= out.size().
inline void patch_int32(std::int32_t v, std::size_t at, std::string& out) {
    std::string bytes;
    put_int32(v, bytes);
    std::memcpy(out.data() + at, bytes.data(), bytes.size());
}

}  // namespace historyd::protocol
