#include "storage/replicator/replicator_fsm.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace historyd::replicator {
namespace {

using namespace std::chrono_literals;

position at(std::int64_t seq) {
    position p{.seq = seq, .hash = {}};
    p.hash[0] = static_cast<unsigned char>(seq);
    return p;
}

failure failed(failure_kind kind, bool connected = false) {
    return {.kind = kind, .sqlstate = "?????", .message = "because", .connected = connected};
}

// A node that was here before, everything up to `seq` on both sides, `last` in the file.
sighting seen(std::int64_t seq, std::int64_t last) {
    sighting s;
    s.backend_uuid = s.own_backend_uuid = "b";
    s.enrolled = true;
    s.incarnation = s.own_incarnation = "me";
    s.claim = 1;
    s.applied = s.acked = at(seq);
    s.oldest = at(0);
    s.last_seq = last;
    s.hash_at_applied = at(seq).hash;
    return s;
}

journal_read found(std::int64_t end, std::size_t transactions) {
    return {.found = {.end = at(end), .transactions = transactions, .rows = transactions},
            .more = true};
}
journal_read found_last(std::int64_t end, std::size_t transactions) {
    auto out = found(end, transactions);
    out.more = false;
    return out;
}
journal_read nothing() { return {}; }

// Events with the action each leads to; can be run again with any of its answers a failure.
class fsm_script {
public:
    explicit fsm_script(replicator_limits limits = {}) : limits_(limits) {}

    template <class Action>
    fsm_script& gets(event e) {
        steps_.push_back(
            {std::move(e), [](const action& a) { return std::holds_alternative<Action>(a); }});
        return *this;
    }

    void run(const std::function<void(replicator_fsm&)>& then = {}) const {
        replicator_fsm fsm(limits_, 1);
        play(fsm, steps_.size());
        if (then) then(fsm);
    }

    // Whatever answer a failure takes the place of: it pauses, and then begins from the beginning.
    void run_failing_each_step() const {
        run();
        for (std::size_t broken = 1; broken < steps_.size(); ++broken) {
            SCOPED_TRACE("failing at step " + std::to_string(broken));
            replicator_fsm fsm(limits_, 1);
            play(fsm, broken, true);
            const auto state_before = fsm.confirmed();
            const auto next = fsm.on(failed(failure_kind::transient), now_);
            ASSERT_TRUE(next && std::holds_alternative<rest>(*next));
            EXPECT_EQ(fsm.confirmed(), state_before) << "a failure confirms nothing";
            const auto again = fsm.deadline();
            ASSERT_TRUE(again);
            EXPECT_GT(*again, now_);
            EXPECT_FALSE(fsm.on(ticked{}, *again - 1ms)) << "it pauses";
            const auto resumed = fsm.on(ticked{}, *again);
            ASSERT_TRUE(resumed);
            EXPECT_TRUE(std::holds_alternative<probe_backend>(*resumed) ||
                        std::holds_alternative<read_journal>(*resumed));
        }
    }

private:
    struct step {
        event gets;
        std::function<bool(const action&)> leads_to;
    };

    void play(replicator_fsm& fsm, std::size_t count, bool marks = false) const {
        for (std::size_t i = 0; i < count; ++i) {
            const auto next = fsm.on(steps_[i].gets, now_);
            ASSERT_TRUE(next) << "step " << i;
            ASSERT_TRUE(steps_[i].leads_to(*next)) << "step " << i << ": action " << next->index();
            if (marks) {
                if (const auto due = fsm.mark_due(now_)) fsm.marked(*due, now_);
            }
        }
    }

    static constexpr milliseconds now_{1'000'000};
    replicator_limits limits_;
    std::vector<step> steps_;
};

TEST(ReplicatorFsm, ForwardsWhatTheJournalHas) {
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(3, 9))
        .gets<apply_batch>(found(7, 2))
        .gets<read_journal>(applied{})
        .gets<apply_batch>(found(9, 1))
        .gets<read_journal>(applied{})
        .gets<rest>(nothing())
        .run_failing_each_step();
}

TEST(ReplicatorFsm, TheFirstTimeItClaimsAWatermarkAndRemembersTheBackend) {
    auto s = seen(0, 4);
    s.enrolled = false;
    s.own_backend_uuid.clear();
    s.hash_at_applied = at(0).hash;
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<claim_watermark>(s)
        .gets<read_journal>(claimed{})
        .run_failing_each_step();
}

TEST(ReplicatorFsm, AnotherProcessesWatermarkIsClaimedFirst) {
    auto s = seen(3, 4);
    s.incarnation = "before me";
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<claim_watermark>(s)
        .gets<read_journal>(claimed{})
        .run_failing_each_step();
}

TEST(ReplicatorFsm, AfterALostReplyTheWatermarkDecides) {
    auto s = seen(7, 9);  // it was committed
    s.acked = at(3);
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(s)
        .gets<apply_batch>(found(9, 1))
        .run([](replicator_fsm& fsm) { EXPECT_EQ(fsm.confirmed(), at(7)); });
}

TEST(ReplicatorFsm, ABackendThatWasRestoredIsGivenAgainWhatItLacks) {
    auto s = seen(3, 9);
    s.acked = at(7);
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<rewind_mark>(s)
        .gets<read_journal>(rewound{})
        .gets<apply_batch>(found(9, 2))
        .run_failing_each_step();
}

TEST(ReplicatorFsm, HaltsWhenTheHistoriesAreNotOne) {
    auto ahead = seen(9, 4);
    ahead.hash_at_applied.reset();
    auto other_hash = seen(3, 9);
    other_hash.hash_at_applied = at(4).hash;
    auto pruned = seen(3, 9);
    pruned.oldest = at(5);
    pruned.hash_at_applied.reset();
    auto other_backend = seen(3, 9);
    other_backend.backend_uuid = "c";
    auto lost = seen(0, 9);
    lost.enrolled = false;
    lost.oldest = at(5);
    lost.acked = at(7);
    const struct {
        sighting s;
        const char* word;
    } cases[] = {{ahead, "older than the backend"},
                 {other_hash, "different changes"},
                 {pruned, "no longer holds"},
                 {other_backend, "another database"},
                 {lost, "lost this node's watermark"}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.word);
        fsm_script().gets<probe_backend>(ticked{}).gets<rest>(c.s).run([&](replicator_fsm& fsm) {
            EXPECT_EQ(fsm.state(), replicator_state::halted);
            EXPECT_NE(fsm.reason().find(c.word), std::string::npos) << fsm.reason();
        });
    }
}

TEST(ReplicatorFsm, AHaltEndsByItselfWhenItsCauseIsGone) {
    auto other = seen(3, 3);
    other.backend_uuid = "c";
    fsm_script().gets<probe_backend>(ticked{}).gets<rest>(other).run([](replicator_fsm& fsm) {
        const auto later = fsm.deadline().value();
        ASSERT_TRUE(fsm.on(ticked{}, later));
        ASSERT_TRUE(fsm.on(seen(3, 3), later));
        ASSERT_TRUE(fsm.on(nothing(), later));
        EXPECT_EQ(fsm.state(), replicator_state::online);
        EXPECT_EQ(fsm.reason(), "");
    });
}

TEST(ReplicatorFsm, ACopyBeginsWhereItsOriginalHasCome) {
    auto s = seen(0, 9);
    s.enrolled = false;
    s.acked = at(5);
    s.copy_start = at(6);
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<claim_watermark>(s)
        .gets<read_journal>(claimed{})
        .run([](replicator_fsm& fsm) { EXPECT_EQ(fsm.confirmed(), at(6)); });
}

TEST(ReplicatorFsm, BisectsDownToThePoisonedTransaction) {
    replicator_limits park;
    park.on_poison = poison_rule::park;
    const auto rejected = failed(failure_kind::permanent, true);
    fsm_script(park)
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(0, 8))
        .gets<apply_batch>(found(8, 8))
        .gets<read_journal>(rejected)
        .gets<apply_batch>(found(4, 4))
        .gets<read_journal>(applied{})  // so it is among 5 to 8
        .gets<apply_batch>(found(6, 2))
        .gets<read_journal>(rejected)
        .gets<apply_batch>(found(5, 1))
        .gets<park_transaction>(rejected)
        .gets<read_journal>(applied{})
        .run([](replicator_fsm& fsm) {
            EXPECT_EQ(fsm.confirmed(), at(5));
            EXPECT_NE(fsm.state(), replicator_state::halted);
        });
}

TEST(ReplicatorFsm, HaltsAtThePoisonedTransactionByDefault) {
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(0, 1))
        .gets<apply_batch>(found(1, 1))
        .gets<rest>(failed(failure_kind::permanent, true))
        .run([](replicator_fsm& fsm) {
            EXPECT_EQ(fsm.state(), replicator_state::halted);
            EXPECT_NE(fsm.reason().find("change 1"), std::string::npos) << fsm.reason();
            EXPECT_EQ(fsm.confirmed(), at(0));
        });
}

TEST(ReplicatorFsm, ARoleWithoutRightsParksNothing) {
    replicator_limits park;
    park.on_poison = poison_rule::park;
    fsm_script(park)
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(0, 1))
        .gets<apply_batch>(found(1, 1))
        .gets<rest>(failed(failure_kind::unfit, true))
        .run([](replicator_fsm& fsm) { EXPECT_EQ(fsm.state(), replicator_state::halted); });
}

TEST(ReplicatorFsm, ARefusedLoginIsNotTriedOften) {
    replicator_fsm fsm({}, 1);
    ASSERT_TRUE(fsm.on(ticked{}, 0ms));
    ASSERT_TRUE(fsm.on(failed(failure_kind::refused), 10ms));
    EXPECT_GE(fsm.deadline().value(), 10ms + 20s);
    EXPECT_EQ(fsm.state(), replicator_state::offline);
}

TEST(ReplicatorFsm, PausesGrowAndStayWithinTheirLimit) {
    replicator_fsm fsm({}, 1);
    auto now = 0ms, longest = 0ms;
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(fsm.on(ticked{}, now));
        ASSERT_TRUE(fsm.on(failed(failure_kind::transient), now));
        const auto pause = fsm.deadline().value() - now;
        EXPECT_GT(pause, 0ms);
        EXPECT_LE(pause, 10s);
        EXPECT_TRUE(i > 0 || pause <= 100ms);
        longest = std::max(longest, pause);
        now += pause;
    }
    EXPECT_GE(longest, 5s);
}

TEST(ReplicatorFsm, DecidesWithinASecondThatNobodyAnswers) {
    replicator_fsm fsm({}, 1);
    ASSERT_TRUE(fsm.on(ticked{}, 0ms));
    EXPECT_EQ(fsm.state(), replicator_state::probing);
    EXPECT_EQ(fsm.deadline().value(), 1s);
    EXPECT_FALSE(fsm.on(ticked{}, 1s)) << "the attempt goes on";
    EXPECT_EQ(fsm.state(), replicator_state::offline);
    EXPECT_FALSE(fsm.deadline());
}

TEST(ReplicatorFsm, LooksAtTheJournalWithoutBeingWoken) {
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(3, 3))
        .gets<rest>(nothing())
        .run([](replicator_fsm& fsm) {
            const auto next = fsm.on(ticked{}, fsm.deadline().value());
            ASSERT_TRUE(next);
            EXPECT_TRUE(std::holds_alternative<read_journal>(*next));
        });
}

TEST(ReplicatorFsm, MarksWhatIsConfirmedAndNothingElse) {
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(3, 9))
        .gets<apply_batch>(found(7, 2))
        .run([](replicator_fsm& fsm) {
            EXPECT_FALSE(fsm.mark_due(2'000s));
            ASSERT_TRUE(fsm.on(applied{}, 2'000s));
            EXPECT_EQ(fsm.mark_due(2'000s), at(7));
            EXPECT_FALSE(fsm.mark_due(2'000s)) << "one at a time";
            fsm.mark_failed(2'000s);
            EXPECT_FALSE(fsm.mark_due(2'000s));
            EXPECT_EQ(fsm.mark_due(2'100s), at(7)) << "tried again";
            fsm.marked(at(7), 2'100s);
            EXPECT_FALSE(fsm.mark_due(3'000s));
        });
}

TEST(ReplicatorFsm, TheEndOfABacklogIsMarkedAtOnce) {
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(3, 9))
        .gets<apply_batch>(found(7, 2))
        .run([](replicator_fsm& fsm) {
            ASSERT_TRUE(fsm.on(applied{}, 2'000s));
            fsm.marked(fsm.mark_due(2'000s).value(), 2'000s);
            ASSERT_TRUE(fsm.on(found(9, 1), 2'000s));
            ASSERT_TRUE(fsm.on(applied{}, 2'000s));
            EXPECT_FALSE(fsm.mark_due(2'000s)) << "so soon after another";
            ASSERT_TRUE(fsm.on(nothing(), 2'000s));
            ASSERT_EQ(fsm.mark_due(2'000s), at(9));
            fsm.marked(at(9), 2'000s);
            ASSERT_TRUE(fsm.on(woken{}, 2'000s));
            ASSERT_TRUE(fsm.on(found(10, 1), 2'000s));
            ASSERT_TRUE(fsm.on(applied{}, 2'000s));
            ASSERT_TRUE(fsm.on(nothing(), 2'000s));
            EXPECT_FALSE(fsm.mark_due(2'000s)) << "each row is no backlog";
        });
}

TEST(ReplicatorFsm, GathersAfterWhatTheJournalsEndCutShort) {
    fsm_script()
        .gets<probe_backend>(ticked{})
        .gets<read_journal>(seen(3, 9))
        .gets<apply_batch>(found_last(9, 2))
        .run([](replicator_fsm& fsm) {
            EXPECT_EQ(fsm.heeds(), attention::none);
            auto next = fsm.on(applied{}, 1'000s);
            ASSERT_TRUE(next && std::holds_alternative<rest>(*next));
            EXPECT_FALSE(std::get<rest>(*next).disconnect);
            EXPECT_EQ(fsm.state(), replicator_state::online);
            EXPECT_EQ(fsm.heeds(), attention::awaited);
            fsm.marked(fsm.mark_due(1'000s).value(), 1'000s);
            EXPECT_EQ(fsm.deadline(), 1'000s + 25ms);
            EXPECT_FALSE(fsm.on(woken{}, 1'000s + 5ms)) << "nobody waits for it";
            EXPECT_FALSE(fsm.on(ticked{}, 1'000s + 24ms));
            next = fsm.on(ticked{}, 1'000s + 25ms);
            ASSERT_TRUE(next && std::holds_alternative<read_journal>(*next));
            ASSERT_TRUE(fsm.on(found_last(12, 2), 1'001s));
            ASSERT_TRUE(fsm.on(applied{}, 1'001s));
            next = fsm.on(woken{.awaited = true}, 1'001s + 1ms);
            ASSERT_TRUE(next && std::holds_alternative<read_journal>(*next)) << "somebody does";
            ASSERT_TRUE(fsm.on(nothing(), 1'002s));
            EXPECT_EQ(fsm.heeds(), attention::any);
            ASSERT_TRUE(fsm.on(woken{}, 1'002s)) << "the first after a rest goes at once";
        });
}

TEST(ReplicatorFsm, BatchesShrinkWhenTheyTakeLong) {
    replicator_fsm fsm({}, 1);
    ASSERT_TRUE(fsm.on(ticked{}, 0ms));
    auto next = fsm.on(seen(0, 9000), 0ms);
    EXPECT_EQ(std::get<read_journal>(*next).rows_max, 2000U);
    ASSERT_TRUE(fsm.on(found(2000, 2000), 0ms));
    next = fsm.on(applied{}, 3s);
    EXPECT_EQ(std::get<read_journal>(*next).rows_max, 1000U);
    ASSERT_TRUE(fsm.on(found(3000, 1000), 3s));
    next = fsm.on(applied{}, 3s);
    EXPECT_EQ(std::get<read_journal>(*next).rows_max, 2000U);
}

}  // namespace
}  // namespace historyd::replicator
