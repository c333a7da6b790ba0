#include "proxy/session/session_fsm.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace historyd::session {
namespace {

// Runs a script of messages; where `fails_at` says so, the driver reports a failure after that
// step.
std::vector<step> run(const std::string& messages, std::size_t fails_at = SIZE_MAX) {
    session_fsm fsm;
    std::vector<step> steps;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        steps.push_back(fsm.next(messages[i]));
        if (i == fails_at) fsm.failed();
    }
    return steps;
}

TEST(session_fsm, dispatches_every_frontend_message) {
    EXPECT_EQ(run("QPBDECHSFX"), (std::vector{step::query, step::parse, step::bind, step::describe,
                                              step::execute, step::close, step::flush, step::sync,
                                              step::function_call, step::terminate}));
}

TEST(session_fsm, an_unknown_type_is_a_violation_even_while_skipping) {
    EXPECT_EQ(run("!").front(), step::violation);
    EXPECT_EQ(run("P!", 0).back(), step::violation);
}

TEST(session_fsm, stray_copy_messages_are_dropped) {
    EXPECT_EQ(run("dcf"), (std::vector{step::ignore, step::ignore, step::ignore}));
}

// The extended flow, failing at every step: all is skipped up to Sync, which is answered once.
TEST(session_fsm, a_failure_anywhere_skips_to_sync) {
    const std::string flow = "PBDEPBECHS";
    for (std::size_t fails_at = 0; fails_at + 1 < flow.size(); ++fails_at) {
        const auto steps = run(flow, fails_at);
        for (std::size_t i = fails_at + 1; i + 1 < flow.size(); ++i) {
            EXPECT_EQ(steps[i], step::ignore) << "failed at " << fails_at << ", message " << i;
        }
        EXPECT_EQ(steps.back(), step::sync) << "failed at " << fails_at;
    }
}

TEST(session_fsm, a_query_is_skipped_too_and_sync_ends_the_skipping) {
    EXPECT_EQ(run("PQSQ", 0), (std::vector{step::parse, step::ignore, step::sync, step::query}));
}

TEST(session_fsm, a_failed_simple_query_skips_nothing) {
    EXPECT_EQ(run("QPB", 0), (std::vector{step::query, step::parse, step::bind}));
}

TEST(session_fsm, a_failed_sync_skips_nothing) {
    EXPECT_EQ(run("SP", 0), (std::vector{step::sync, step::parse}));
}

TEST(session_fsm, terminate_is_heard_while_skipping) {
    EXPECT_EQ(run("PX", 0).back(), step::terminate);
}

}  // namespace
}  // namespace historyd::session
