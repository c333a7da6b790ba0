#include "proxy/session/session_fsm.hpp"

namespace historyd::session {

namespace {

step step_of(char type) {
    switch (type) {
        case 'Q':
            return step::query;
        case 'P':
            return step::parse;
        case 'B':
            return step::bind;
        case 'D':
            return step::describe;
        case 'E':
            return step::execute;
        case 'C':
            return step::close;
        case 'H':
            return step::flush;
        case 'S':
            return step::sync;
        case 'F':
            return step::function_call;
        case 'X':
            return step::terminate;
        // Left over from a COPY that failed: the client had not seen the error yet.
        case 'd':
        case 'c':
        case 'f':
            return step::ignore;
        default:
            return step::violation;
    }
}

}  // namespace

step session_fsm::next(char type) {
    const auto found = step_of(type);
    extended_ = found == step::parse || found == step::bind || found == step::describe ||
                found == step::execute || found == step::close || found == step::flush;
    if (found == step::sync) skipping_ = false;
    if (skipping_ && found != step::terminate && found != step::violation) return step::ignore;
    return found;
}

void session_fsm::failed() {
    if (extended_) skipping_ = true;
}

}  // namespace historyd::session
