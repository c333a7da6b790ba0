#pragma once

#include <cstdint>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::protocol {

// Reads the fields of one message body. Sticky: after the first failure every read yields zeros and
// empty views, so a decoder reads all its fields and asks finish() once. Views borrow the body.
class wire_reader {
public:
    explicit wire_reader(std::string_view body) : rest_(body) {}

    char u8();
    std::int16_t i16() { return static_cast<std::int16_t>(unsigned_number(2)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_number(2)); }
    std::int32_t i32() { return static_cast<std::int32_t>(unsigned_number(4)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_number(4)); }
    std::int64_t i64() { return static_cast<std::int64_t>(unsigned_number(8)); }
    std::string_view cstring();
    // A cstring that has to be valid UTF-8 (names; statements and values are checked where they are
    // parsed).
    std::string_view text();
    // A negative count fails, so a length word can be passed as it was read.
    std::string_view bytes(std::int64_t n);
    std::string_view rest();

    bool ok() const { return failure_.empty(); }
    // Everything was read, and nothing failed.
    bool done() const { return ok() && rest_.empty(); }
    // Errors: 08P01 with PostgreSQL's words (pqformat.c) for the first failure, or for bytes left;
    // 22021 for invalid UTF-8.
    result<void> finish() const;

private:
    std::uint64_t unsigned_number(std::size_t width);
    void fail(std::string_view message);

    std::string_view rest_;
    std::string_view failure_;       // literal; empty while all is well
    std::string_view invalid_text_;  // why it failed, when that is not UTF-8
};

}  // namespace historyd::protocol
