#pragma once

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::session {

// One whole frontend message after start-up: type byte and body (without the length word).
// Borrowed: valid until the next arrival().
struct frame_view {
    char type = 0;
    std::string_view body;
};

// What a session needs of its connection; net/connection implements it on a socket, tests on a
// script. Used on the session's I/O thread only.
class transport {
public:
    virtual ~transport() = default;

    // Waits until take_frame() has an answer; gives back what was taken before.
    // Returns: false when wake() has ended the wait, and there is none yet.
    virtual boost::asio::awaitable<bool> arrival() = 0;

    // The next whole message. Errors end the session: 08000 when the peer is gone (nothing more is
    // sent), 08P01 for a malformed or oversized frame, 57P01 when the daemon stops.
    // Requires: arrival() is over, or peek_type() said that there is one.
    virtual result<frame_view> take_frame() = 0;

    // Type of the next message if it has arrived whole already; does not wait.
    virtual std::optional<char> peek_type() = 0;

    // Bytes to be sent: append encoded messages here.
    virtual std::string& out() = 0;

    // Sends what is in out() and clears it; waits while the peer does not read (back-pressure).
    // Returns: false when the peer is gone.
    virtual boost::asio::awaitable<bool> flush() = 0;

    // The same as far as it goes without waiting. Returns: false when flush() has to go on.
    virtual bool flush_now() = 0;

    // Ends a waiting arrival(), take_frame() then fails with this error (idle timeout,
    // termination); a flush() that waits for its peer fails. Same thread only.
    virtual void interrupt(sql_error reason) = 0;

    // Ends a waiting arrival(), or the next one when nothing is taken before. Same thread only.
    virtual void wake() = 0;

    // Whether the session owes its client nothing: only then does a stop of the daemon end it.
    virtual void set_at_rest(bool at_rest) = 0;
};

}  // namespace historyd::session
