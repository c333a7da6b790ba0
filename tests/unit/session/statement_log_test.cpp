#include "proxy/session/statement_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace historyd::session {

namespace {

using namespace std::literals;

class statement_log_test : public testing::Test {
protected:
    statement_log_test() : who_(view()), before_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(written_);
        auto logger = std::make_shared<spdlog::logger>("test", std::move(sink));
        logger->set_pattern("%l %v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~statement_log_test() override { spdlog::set_default_logger(before_); }

    static activity_view view() {
        activity_view v;
        v.process_id = 3;
        v.user = "u";
        v.database = "d";
        return v;
    }

    activity who_;
    client_log lines_;
    statement_log log_{lines_};
    std::ostringstream written_;

private:
    std::shared_ptr<spdlog::logger> before_;
};

TEST_F(statement_log_test, LogsNothingUntilAskedTo) {
    log_.succeeded({statement_kind::select, 1h, "SELECT 1"}, who_);
    EXPECT_EQ(written_.str(), "");
    EXPECT_EQ(log_.slow(), 0u);
    EXPECT_EQ(log_.durations(statement_kind::select).read().count, 1u);
}

TEST_F(statement_log_test, LogsWhatIsSlowWithItsSession) {
    log_.set_slow(10ms);
    log_.succeeded({statement_kind::insert, 9ms, "quick"}, who_);
    log_.succeeded({statement_kind::insert, 12'345us, "INSERT 1"}, who_);
    EXPECT_EQ(written_.str(), "warning [3] u@d: duration: 12.345 ms  statement: INSERT 1\n");
    log_.set_slow(-1ms);
    log_.succeeded({statement_kind::insert, 1h, "INSERT 2"}, who_);
    EXPECT_EQ(log_.slow(), 1u);
}

TEST_F(statement_log_test, CountsErrorsByKindAndState) {
    log_.failed(statement_kind::insert, {sqlstate::unique_violation, "taken"}, who_);
    log_.failed(statement_kind::insert, {sqlstate::unique_violation, "taken"}, who_);
    log_.failed(statement_kind::other, {sqlstate::syntax_error, "what"}, who_);
    const auto errors = log_.errors();
    EXPECT_EQ(errors.size(), 2u);
    EXPECT_EQ(errors.at({statement_kind::insert, "23505"}), 2u);
    EXPECT_EQ(written_.str(), "") << "a client's own mistakes are not the operator's affair";
}

TEST_F(statement_log_test, TellsTheOperatorOfTroubleAndWhatToDo) {
    log_.failed(statement_kind::insert,
                sql_error(sqlstate::disk_full, "disk is full").with_hint("Make room."), who_);
    EXPECT_EQ(written_.str(), "error [3] u@d: 53100 disk is full; hint: Make room.\n");
}

TEST_F(statement_log_test, HasRoomForSoManyStates) {
    for (int i = 0; i < 1000; ++i) {
        log_.failed(statement_kind::other, {std::to_string(10'000 + i), "odd"}, who_);
    }
    const auto errors = log_.errors();
    EXPECT_LE(errors.size(), 513u);
    EXPECT_EQ(errors.at({statement_kind::other, "other"}), 1000u - 512);
}

}  // namespace

}  // namespace historyd::session
