#include "storage/base/client_log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace historyd {

namespace {

using namespace std::literals;
using verdict = line_limit::verdict;

const line_limit::time_point start{1000s};

TEST(line_limit, counts_what_is_beyond_and_begins_again) {
    line_limit limit;
    EXPECT_EQ(limit.next(start, 2).what, verdict::write);
    EXPECT_EQ(limit.next(start, 2).what, verdict::write_last);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.next(start + 59s, 2).what, verdict::leave_out);
    EXPECT_EQ(limit.left_out(), 5u);
    const auto later = limit.next(start + 60s, 2);
    EXPECT_EQ(later.what, verdict::write);
    EXPECT_EQ(later.left_out_before, 5u);
    EXPECT_EQ(limit.left_out(), 0u);
    EXPECT_EQ(limit.next(start + 61s, 2).left_out_before, 0u);
}

TEST(line_limit, the_first_line_of_all_is_written) {
    line_limit limit;
    EXPECT_EQ(limit.next({}, 1).what, verdict::write_last);
    EXPECT_EQ(limit.next({}, 1).what, verdict::leave_out);
}

TEST(line_limit, zero_is_no_limit) {
    line_limit limit;
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.next(start, 0).what, verdict::write);
}

TEST(line_limit, a_limit_that_is_lowered_holds_at_once) {
    line_limit limit;
    for (int i = 0; i < 10; ++i) limit.next(start, 100);
    EXPECT_EQ(limit.next(start, 5).what, verdict::leave_out);
}

class client_log_test : public testing::Test {
protected:
    client_log_test() : before_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(written_);
        auto logger = std::make_shared<spdlog::logger>("test", std::move(sink));
        logger->set_pattern("%l %v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~client_log_test() override { spdlog::set_default_logger(before_); }

    std::ostringstream written_;

private:
    std::shared_ptr<spdlog::logger> before_;
};

TEST_F(client_log_test, says_that_it_leaves_out_and_how_much) {
    {
        client_log log;
        log.set_lines_max(2);
        for (int i = 0; i < 5; ++i) {
            log.write(client_log::kind::login, spdlog::level::warn, "login {}", i);
        }
        log.write(client_log::kind::session, spdlog::level::err, "of another kind");
        EXPECT_EQ(log.left_out(client_log::kind::login), 3u);
        EXPECT_EQ(log.left_out(client_log::kind::session), 0u);
    }
    EXPECT_EQ(written_.str(),
              "warning login 0\nwarning login 1\n"
              "warning further lines of the kind \"login\" are only counted for up to 60 s "
              "(log.client_lines_max)\n"
              "error of another kind\n"
              "warning 3 more lines of the kind \"login\" were left out\n");
}

TEST_F(client_log_test, what_is_below_the_level_of_the_log_is_no_line) {
    client_log log;
    log.set_lines_max(1);
    log.write(client_log::kind::tls, spdlog::level::debug, "unseen");
    log.write(client_log::kind::tls, spdlog::level::warn, "seen");
    EXPECT_TRUE(written_.str().starts_with("warning seen\n"));
}

}  // namespace

}  // namespace historyd
