// Any frames from a client: cut, and every message decoded that its type names. What decodes
// encodes to the same bytes again.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proxy/protocol/frame_parser.hpp"
#include "proxy/protocol/frontend_messages.hpp"

namespace historyd::protocol {

namespace {

template <class message>
void round_trip(const frame& f) {
    const auto decoded = message::decode(f.body);
    if (!decoded) return;
    std::string again;
    decoded->encode(again);
    if (again.size() != f.bytes() || again.substr(5) != f.body) std::abort();
}

void decode(const frame& f) {
    switch (f.type) {
        case 'Q':
            return round_trip<query_view>(f);
        case 'P':
            return round_trip<parse_view>(f);
        case 'B':
            return round_trip<bind_view>(f);
        case 'D':
            return round_trip<describe_view>(f);
        case 'C':
            return round_trip<close_view>(f);
        case 'E':
            return round_trip<execute_view>(f);
        case 'f':
            return round_trip<copy_fail_view>(f);
        case 'F':
            return round_trip<function_call_view>(f);
        case 'p':
            return round_trip<password_view>(f);
        default:
            (void)decode_empty(f.body);
    }
}

}  // namespace

}  // namespace historyd::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace historyd::protocol;
    std::string_view received(reinterpret_cast<const char*>(data), size);
    const frame_parser frames(1 << 16);
    for (;;) {
        const auto next = frames.next(received);
        if (!next || !*next) return 0;
        decode(**next);
        received.remove_prefix((*next)->bytes());
    }
}
