#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace historyd::replicator {

// What a failure calls for; storage/DESIGN.md, "Failure classes".
enum class failure_kind : std::uint8_t {
    transient,  // try again soon: connection lost, shutting down, deadlock, read-only, ...
    refused,    // try again slowly: who we are is not accepted, and asking often locks us out
    permanent,  // the same changes will fail again: find the transaction that does
    unfit,      // permanent, but of the role or the schema, not of a row: never parked
    moved,      // the watermark is not where the batch begins: look again
};

struct failure {
    failure_kind kind{};
    std::string sqlstate;  // empty when it did not come from the server
    std::string message;
    bool connected = false;  // the connection can be used further; its transaction is rolled back
};

// What a guard of ours puts into the error it raises on purpose.
inline constexpr std::string_view moved_marker = "historyd: the watermark has moved";
inline constexpr std::string_view differs_marker = "historyd: the row there differs";
inline constexpr std::string_view missing_marker = "historyd: no such row there";

// Pure. By SQLSTATE, and by text where a pooler has no SQLSTATE of its own.
failure_kind classify(std::string_view sqlstate, std::string_view message);

}  // namespace historyd::replicator
