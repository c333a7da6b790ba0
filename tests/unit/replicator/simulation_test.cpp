#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "simulated_world.hpp"

namespace historyd::replicator::test {
namespace {

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::stoull(text);
}

TEST(Simulation, NothingIsLostOrDoubledUnderAnySeed) {
    const auto only = number("HISTORYD_SIMULATION_SEED", 0);
    const auto first = only != 0 ? only : 1;
    const auto count = only != 0 ? 1 : number("HISTORYD_SIMULATION_SEEDS", 100'000);
    for (auto seed = first; seed < first + count; ++seed) {
        const auto violation = simulated_world(seed, only != 0).run();
        ASSERT_EQ(violation, "") << "reproduce and trace: HISTORYD_SIMULATION_SEED=" << seed
                                 << " replicator_test --gtest_filter=Simulation.*";
    }
}

}  // namespace
}  // namespace historyd::replicator::test
