// Any bytes before the first frame, delivered whole and byte by byte: the outcome is the same.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/protocol/startup_fsm.hpp"

namespace {

using historyd::protocol::startup_fsm;

struct outcome {
    std::size_t last = 0, consumed = 0, answers = 0;
    bool operator==(const outcome&) const = default;
};

outcome run(std::string_view bytes, std::size_t at_a_time) {
    startup_fsm fsm;
    outcome o;
    for (std::size_t arrived = 0;;) {
        const auto [what, consumed] = fsm.next(bytes.substr(o.consumed, arrived - o.consumed));
        if (consumed > arrived - o.consumed) std::abort();
        o.consumed += consumed;
        o.last = what.index();
        if (std::holds_alternative<startup_fsm::answer>(what)) {
            ++o.answers;
        } else if (!std::holds_alternative<startup_fsm::read_more>(what) ||
                   arrived == bytes.size()) {
            return o;
        } else {
            arrived += std::min(at_a_time, bytes.size() - arrived);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (!(run(bytes, size) == run(bytes, 1))) std::abort();
    return 0;
}
