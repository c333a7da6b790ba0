#include "proxy/session/transaction_fsm.hpp"

#include <gtest/gtest.h>

namespace historyd::session {
namespace {

using block = transaction_fsm::block;
using origin = transaction_fsm::origin;

transaction_fsm in_explicit() {
    transaction_fsm t;
    t.begin(false);
    return t;
}

transaction_fsm in_failed() {
    auto t = in_explicit();
    t.statement_failed();
    return t;
}

TEST(transaction_fsm, begin_opens_a_block) {
    transaction_fsm t;
    EXPECT_EQ(t.status(), 'I');
    const auto d = t.begin(false);
    EXPECT_TRUE(d.begin);
    EXPECT_EQ(d.tag, "BEGIN");
    EXPECT_FALSE(d.warning);
    EXPECT_EQ(t.status(), 'T');
}

TEST(transaction_fsm, start_transaction_has_its_own_tag) {
    transaction_fsm t;
    EXPECT_EQ(t.begin(true).tag, "START TRANSACTION");
}

TEST(transaction_fsm, a_second_begin_warns_25001) {
    auto t = in_explicit();
    const auto d = t.begin(false);
    EXPECT_FALSE(d.begin);
    ASSERT_TRUE(d.warning);
    EXPECT_EQ(d.warning->sqlstate, "25001");
    EXPECT_EQ(d.warning->severity, severity::warning);
    EXPECT_EQ(t.status(), 'T');
}

TEST(transaction_fsm, commit_outside_warns_25P01) {
    transaction_fsm t;
    const auto d = t.commit(false);
    ASSERT_TRUE(d);
    EXPECT_FALSE(d->commit);
    EXPECT_EQ(d->tag, "COMMIT");
    ASSERT_TRUE(d->warning);
    EXPECT_EQ(d->warning->sqlstate, "25P01");
}

TEST(transaction_fsm, rollback_outside_warns_25P01) {
    transaction_fsm t;
    const auto d = t.rollback(false);
    ASSERT_TRUE(d);
    EXPECT_FALSE(d->rollback);
    ASSERT_TRUE(d->warning);
    EXPECT_EQ(d->warning->sqlstate, "25P01");
}

TEST(transaction_fsm, an_error_fails_the_block_and_commit_answers_rollback) {
    auto t = in_failed();
    EXPECT_EQ(t.status(), 'E');
    const auto usable = t.check_usable();
    ASSERT_FALSE(usable);
    EXPECT_EQ(usable.error().sqlstate, "25P02");
    const auto d = t.commit(false);
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->rollback);
    EXPECT_FALSE(d->commit);
    EXPECT_EQ(d->tag, "ROLLBACK");
    EXPECT_EQ(t.status(), 'I');
}

TEST(transaction_fsm, an_error_outside_a_block_fails_nothing) {
    transaction_fsm t;
    EXPECT_FALSE(t.statement_failed());
    EXPECT_EQ(t.status(), 'I');
    EXPECT_TRUE(t.check_usable());
}

TEST(transaction_fsm, an_implicit_block_commits_at_its_end) {
    transaction_fsm t;
    EXPECT_TRUE(t.enter_implicit(origin::string));
    EXPECT_FALSE(t.enter_implicit(origin::string));
    EXPECT_EQ(t.status(), 'I');
    EXPECT_TRUE(t.leave_implicit());
    EXPECT_FALSE(t.leave_implicit());
}

TEST(transaction_fsm, a_pipeline_is_no_block_before_begin) {
    transaction_fsm string, pipeline;
    EXPECT_FALSE(string.is_in_block());
    string.enter_implicit(origin::string);
    pipeline.enter_implicit(origin::pipeline);
    EXPECT_TRUE(string.is_in_block());
    EXPECT_FALSE(pipeline.is_in_block());
    pipeline.begin(false);
    EXPECT_TRUE(pipeline.is_in_block());
}

TEST(transaction_fsm, an_error_in_an_implicit_block_rolls_it_back) {
    transaction_fsm t;
    t.enter_implicit(origin::string);
    EXPECT_TRUE(t.statement_failed());
    EXPECT_EQ(t.state(), block::idle);
}

TEST(transaction_fsm, begin_promotes_an_implicit_block) {
    transaction_fsm t;
    t.enter_implicit(origin::string);
    EXPECT_FALSE(t.begin(false).begin);
    EXPECT_EQ(t.status(), 'T');
    EXPECT_FALSE(t.leave_implicit());
}

TEST(transaction_fsm, commit_ends_an_implicit_block_with_a_warning) {
    transaction_fsm t;
    t.enter_implicit(origin::string);
    const auto d = t.commit(false);
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->commit);
    EXPECT_TRUE(d->warning);
}

TEST(transaction_fsm, chain_begins_again) {
    auto t = in_explicit();
    auto d = t.commit(true);
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->commit);
    EXPECT_TRUE(d->begin);
    EXPECT_EQ(t.status(), 'T');
    d = t.rollback(true);
    ASSERT_TRUE(d);
    EXPECT_TRUE(d->rollback);
    EXPECT_TRUE(d->begin);
}

TEST(transaction_fsm, chain_outside_a_block_is_an_error) {
    transaction_fsm t;
    EXPECT_EQ(t.commit(true).error().sqlstate, "25P01");
    EXPECT_EQ(t.rollback(true).error().sqlstate, "25P01");
}

TEST(transaction_fsm, savepoints_need_a_block) {
    transaction_fsm t;
    EXPECT_EQ(t.savepoint("a").error().sqlstate, "25P01");
    EXPECT_EQ(t.release("a").error().sqlstate, "25P01");
    EXPECT_EQ(t.rollback_to("a").error().sqlstate, "25P01");
    t.enter_implicit(origin::string);
    EXPECT_EQ(t.savepoint("a").error().sqlstate, "25P01");
}

TEST(transaction_fsm, savepoints_are_found_from_the_inside_out) {
    auto t = in_explicit();
    EXPECT_EQ(*t.savepoint("a"), 1U);
    EXPECT_EQ(*t.savepoint("b"), 2U);
    EXPECT_EQ(*t.savepoint("a"), 3U);
    EXPECT_EQ(*t.release("a"), 3U);
    EXPECT_EQ(*t.rollback_to("a"), 1U);
    EXPECT_EQ(t.release("b").error().sqlstate, "3B001");
}

TEST(transaction_fsm, rollback_to_keeps_the_savepoint_and_heals_the_block) {
    auto t = in_explicit();
    ASSERT_TRUE(t.savepoint("a"));
    t.statement_failed();
    ASSERT_EQ(t.status(), 'E');
    EXPECT_EQ(*t.rollback_to("a"), 1U);
    EXPECT_EQ(t.status(), 'T');
    t.statement_failed();
    EXPECT_EQ(*t.rollback_to("a"), 1U);
}

TEST(transaction_fsm, an_unknown_savepoint_leaves_a_failed_block_failed) {
    auto t = in_failed();
    EXPECT_EQ(t.rollback_to("nowhere").error().sqlstate, "3B001");
    EXPECT_EQ(t.status(), 'E');
}

TEST(transaction_fsm, savepoints_end_with_their_block) {
    auto t = in_explicit();
    ASSERT_TRUE(t.savepoint("a"));
    ASSERT_TRUE(t.commit(false));
    t.begin(false);
    EXPECT_EQ(t.rollback_to("a").error().sqlstate, "3B001");
}

TEST(transaction_fsm, a_failed_commit_ends_the_block) {
    auto t = in_explicit();
    t.commit_failed();
    EXPECT_EQ(t.status(), 'I');
}

}  // namespace
}  // namespace historyd::session
