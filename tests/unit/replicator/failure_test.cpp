#include "storage/replicator/failure.hpp"

#include <gtest/gtest.h>

namespace historyd::replicator {
namespace {

TEST(FailureClass, BySqlstate) {
    const struct {
        failure_kind kind;
        std::initializer_list<const char*> codes;
    } cases[] = {
        {failure_kind::transient,
         {"", "08006", "53100", "53300", "57P01", "57P03", "57014", "40001", "40P01", "55P03",
          "25006", "XX000", "58030"}},
        {failure_kind::refused, {"28000", "28P01", "3D000"}},
        {failure_kind::permanent,
         {"22001", "22P02", "22003", "23502", "23505", "23503", "23514", "42804", "42P10", "0A000",
          "P0001"}},
        {failure_kind::unfit, {"42501", "42P01", "42703", "3F000"}},
    };
    for (const auto& c : cases) {
        for (const auto* code : c.codes) EXPECT_EQ(classify(code, "text"), c.kind) << code;
    }
}

TEST(FailureClass, ByTextWherePoolersHaveNoCodeOfTheirOwn) {
    EXPECT_EQ(classify("XX000", "FATAL:  Tenant or user not found"), failure_kind::refused);
    EXPECT_EQ(classify("08P01", "SASL authentication failed"), failure_kind::refused);
    EXPECT_EQ(classify("", "password authentication failed for user \"u\""), failure_kind::refused);
}

TEST(FailureClass, AGuardThatDidNotHoldIsNoPoison) {
    EXPECT_EQ(classify("22P02", "invalid input syntax for type integer: \"" +
                                    std::string(moved_marker) + ": 0\""),
              failure_kind::moved);
    EXPECT_EQ(classify("22P02", "invalid input syntax for type integer: \"" +
                                    std::string(differs_marker) + ": 0\""),
              failure_kind::permanent);
}

}  // namespace
}  // namespace historyd::replicator
