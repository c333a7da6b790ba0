#include <benchmark/benchmark.h>

#include <vector>

#include "storage/writer/batch_policy.hpp"

namespace historyd::writer {
namespace {

void units_taken_from_a_full_queue(benchmark::State& state) {
    const std::vector<unit_size> queue(static_cast<std::size_t>(state.range(0)),
                                       {.rows = 1, .bytes = 300});
    const batch_limits limits{
        .rows_max = 4096, .bytes_max = 8 << 20, .time_max = std::chrono::milliseconds(20)};
    for (auto _ : state) benchmark::DoNotOptimize(units_to_take({}, queue, limits));
}
BENCHMARK(units_taken_from_a_full_queue)->Arg(1)->Arg(32)->Arg(512);

}  // namespace
}  // namespace historyd::writer
