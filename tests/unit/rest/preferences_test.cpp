#include <gtest/gtest.h>

#include "proxy/rest/query/media.hpp"
#include "proxy/rest/query/prefer.hpp"
#include "proxy/rest/query/range.hpp"

namespace historyd::rest {
namespace {

using representation = preferences::representation;

TEST(prefer, every_preference) {
    const auto p = parse_prefer({"return=representation, count=exact,resolution=merge-duplicates",
                                 "missing=default , tx=rollback", "handling=strict",
                                 "timezone=Europe/Vienna, max-affected=3"});
    ASSERT_TRUE(p) << p.error().message;
    EXPECT_EQ(p->returning, representation::full);
    EXPECT_EQ(p->count, preferences::counting::exact);
    EXPECT_EQ(p->merge_duplicates, true);
    EXPECT_EQ(p->missing_default, true);
    EXPECT_EQ(p->commit, false);
    EXPECT_EQ(p->strict, true);
    EXPECT_EQ(p->timezone, "Europe/Vienna");
    EXPECT_EQ(p->max_affected, 3);
    const preferences::usage all{true, true, true, true};
    EXPECT_EQ(p->applied(all),
              "resolution=merge-duplicates, missing=default, return=representation, count=exact, "
              "tx=rollback, handling=strict, timezone=Europe/Vienna, max-affected=3");
    EXPECT_EQ(p->applied({}), "count=exact, tx=rollback, handling=strict, timezone=Europe/Vienna");
}

TEST(prefer, the_first_counts) {
    EXPECT_EQ(parse_prefer({"return=minimal,return=representation"})->returning,
              representation::minimal);
    EXPECT_EQ(parse_prefer({"tx=commit", "tx=rollback"})->commit, true);
}

TEST(prefer, unknown_ones) {
    EXPECT_EQ(parse_prefer({"respond-async, return=headers-only"})->returning,
              representation::headers_only);
    EXPECT_TRUE(parse_prefer({"handling=lenient, x, max-affected=-1"}));
    const auto p = parse_prefer({"handling=strict, anything, return=all"});
    ASSERT_FALSE(p);
    EXPECT_EQ(p.error().sqlstate, "PGRST122");
    EXPECT_EQ(p.error().detail, "Invalid preferences: anything, return=all");
}

TEST(range, parameters_and_header) {
    const auto range = [](std::optional<std::string_view> limit,
                          std::optional<std::string_view> offset, std::string_view header) {
        const auto r = parse_range(limit, offset, header);
        EXPECT_TRUE(r);
        return r ? *r : row_range{.offset = -1, .limit = {}};
    };
    EXPECT_TRUE(range({}, {}, "").is_all());
    EXPECT_EQ(range("5", {}, ""), (row_range{0, 5}));
    EXPECT_EQ(range("5", "10", ""), (row_range{10, 5}));
    EXPECT_EQ(range("0", {}, ""), (row_range{0, 0}));
    EXPECT_EQ(range({}, {}, "0-24"), (row_range{0, 25}));
    EXPECT_EQ(range({}, {}, "10-"), (row_range{10, {}}));
    EXPECT_EQ(range("5", {}, "10-24"), (row_range{10, 5}));
    EXPECT_EQ(range({}, "20", "10-24"), (row_range{20, 5}));
    EXPECT_EQ(range({}, "30", "10-24"), (row_range{30, 0}));
    EXPECT_EQ(range({}, "9223372036854775807", "10-9223372036854775807").offset, INT64_MAX);
    for (const std::string_view ignored : {"bytes=0-1", "-5", "x-y", "1", "1-x", "-"}) {
        EXPECT_TRUE(range({}, {}, ignored).is_all()) << ignored;
    }
}

TEST(range, errors) {
    EXPECT_EQ(parse_range("-1", {}, "").error().sqlstate, "PGRST103");
    EXPECT_EQ(parse_range({}, "-1", "").error().sqlstate, "PGRST103");
    EXPECT_EQ(parse_range({}, {}, "5-1").error().sqlstate, "PGRST103");
    for (const std::string_view bad : {"", "x", "1.5", "1 ", "99999999999999999999"}) {
        EXPECT_EQ(parse_range(bad, {}, "").error().sqlstate, "PGRST100") << bad;
    }
}

TEST(range, content_range) {
    EXPECT_EQ(content_range(0, 25, 100), "0-24/100");
    EXPECT_EQ(content_range(10, 1, {}), "10-10/*");
    EXPECT_EQ(content_range(0, 0, {}), "*/*");
    EXPECT_EQ(content_range(5, 0, 0), "*/0");
}

TEST(media, accept) {
    using form = media::form;
    const auto as = [](std::string_view accept) { return choose_media(accept)->as; };
    EXPECT_EQ(as(""), form::json);
    EXPECT_EQ(as("*/*"), form::json);
    EXPECT_EQ(as("application/json"), form::json);
    EXPECT_EQ(as("text/csv"), form::csv);
    EXPECT_EQ(as("application/vnd.pgrst.object+json"), form::object);
    EXPECT_EQ(as("text/html, Text/CSV;q=0.5, */*;q=0.1"), form::csv);
    EXPECT_EQ(as("text/csv;q=0.1, application/json"), form::json);
    EXPECT_EQ(as("text/csv;q=nan, application/json;q=0.2"), form::json);
    EXPECT_EQ(choose_media("application/vnd.pgrst.plan+text").error().sqlstate, "PGRST107");
    EXPECT_EQ(choose_media("image/png").error().message,
              "None of these media types are available: image/png");
}

TEST(media, content_type) {
    EXPECT_EQ(media{}.content_type(), "application/json; charset=utf-8");
    EXPECT_EQ(choose_media("application/vnd.pgrst.object+json; nulls=stripped")->content_type(),
              "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8");
    EXPECT_EQ(choose_media("application/vnd.pgrst.array+json;nulls=stripped")->content_type(),
              "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8");
    EXPECT_EQ(*payload_form_of("application/json; charset=utf-8"), payload_form::json);
    EXPECT_EQ(*payload_form_of("text/csv"), payload_form::csv);
    EXPECT_EQ(payload_form_of("text/plain").error().message,
              "Content-Type not acceptable: text/plain");
}

}  // namespace
}  // namespace historyd::rest
