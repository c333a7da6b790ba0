// Any two messages in place of a client's: an answer or an error, never entry without the password.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "proxy/protocol/scram_fsm.hpp"

namespace {

using namespace historyd::protocol;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto middle = std::min(bytes.find('\n'), bytes.size());
    // Keys that no input can know: HMAC with a secret would have to be inverted.
    static const auto verifier = scram_verifier::mock("user", "secret");
    const bool plus = (data[0] & 1) != 0, over_tls = (data[0] & 2) != 0;
    scram_fsm fsm(
        {.verifier = verifier, .server_nonce = "nonce", .channel_binding = over_tls ? "hash" : ""});
    const auto asked =
        fsm.start(plus ? scram_plus_mechanism : scram_mechanism, bytes.substr(0, middle));
    if (!asked) return 0;
    const auto done = fsm.finish(bytes.substr(std::min(middle + 1, bytes.size())));
    if (done && std::holds_alternative<scram_fsm::success>(*done)) std::abort();
    if (const auto parsed = scram_verifier::parse(bytes); parsed && parsed->text() != bytes) {
        std::abort();
    }
    return 0;
}
