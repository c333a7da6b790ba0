#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::protocol {

// One whole message: type byte and body, without the length word. Borrows the bytes it was cut
// from.
struct frame {
    char type = 0;
    std::string_view body;
    std::size_t bytes() const { return body.size() + 5; }
};

// Cuts the message at the front of what has been received. Pure.
// Frame: byte type | int32 length, counts itself | body
class frame_parser {
public:
    explicit frame_parser(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

    // Returns: the first message, nothing while it is incomplete.
    // Errors, all FATAL: 08P01 for an unknown type or an impossible length, 53400 for a message
    // beyond the configured limit. Both are known from the first five bytes.
    result<std::optional<frame>> next(std::string_view received) const;

private:
    std::size_t message_bytes_max_;
};

}  // namespace historyd::protocol
