#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace historyd::protocol {

// Appends messages to a buffer that outlives it. A message is begin(), fields, end(); end() fills
// in the length word. Passed by value: it is a reference and a position.
class wire_writer {
public:
    // Implicit, so that a message is encoded with message.encode(buffer).
    wire_writer(std::string& out) : out_(out) {}

    void begin(char type) {
        out_.push_back(type);
        begin_untyped();
    }
    // The start-up packets have no type byte.
    void begin_untyped() {
        length_at_ = out_.size();
        i32(0);
    }
    void end() {
        const auto length = out_.size() - length_at_;  // counts itself, not the type byte
        for (std::size_t i = 0; i < 4; ++i) {
            out_[length_at_ + i] = static_cast<char>(length >> (24 - 8 * i));
        }
    }

    void u8(char v) { out_.push_back(v); }
    void i16(std::int16_t v) { big_endian<2>(static_cast<std::uint16_t>(v)); }
    void i32(std::int32_t v) { big_endian<4>(static_cast<std::uint32_t>(v)); }
    void u32(std::uint32_t v) { big_endian<4>(v); }
    void i64(std::int64_t v) { big_endian<8>(static_cast<std::uint64_t>(v)); }
    void bytes(std::string_view v) { out_.append(v); }
    // Ends at the first NUL, whatever comes after it: a NUL inside would shift every later field.
    void cstring(std::string_view v) {
        out_.append(v.substr(0, v.find('\0')));
        out_.push_back('\0');
    }
    // A count of at most 65535 (PostgreSQL reads these as unsigned).
    void count(std::size_t n) { big_endian<2>(n); }

private:
    template <std::size_t width>
    void big_endian(std::uint64_t v) {
        char digits[width];
        for (std::size_t i = 0; i < width; ++i) {
            digits[i] = static_cast<char>(v >> (8 * (width - 1 - i)));
        }
        out_.append(digits, width);
    }

    std::string& out_;
    std::size_t length_at_ = 0;
};

}  // namespace historyd::protocol
