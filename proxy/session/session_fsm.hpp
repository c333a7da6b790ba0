#pragma once

#include <cstdint>

namespace historyd::session {

// What the driver does with a frontend message.
enum class step : std::uint8_t {
    query,
    parse,
    bind,
    describe,
    execute,
    close,
    flush,
    sync,
    function_call,
    terminate,
    ignore,    // skipped until Sync, or a stray COPY message, as in PostgreSQL
    violation  // unknown type: FATAL 08P01
};

// Which messages count (PostgreSQL documentation, "Extended Query": after an error everything is
// discarded until Sync, and Sync is answered by exactly one ReadyForQuery). Pure.
class session_fsm {
public:
    step next(char type);

    // The step just taken failed and an ErrorResponse was sent.
    void failed();

    bool skipping() const { return skipping_; }

private:
    bool skipping_ = false;
    bool extended_ = false;  // the step just taken belongs to the extended protocol
};

}  // namespace historyd::session
