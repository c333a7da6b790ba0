#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "proxy/protocol/frame_parser.hpp"
#include "proxy/protocol/frontend_messages.hpp"
#include "proxy/session/row_encoder.hpp"
#include "storage/types/pg_type.hpp"

namespace historyd {
namespace {

std::string bind_and_execute() {
    std::string bytes;
    protocol::bind_view bind;
    bind.statement = "P_0";
    bind.values = {"17"};
    bind.encode(bytes);
    protocol::execute_view execute;
    execute.encode(bytes);
    return bytes;
}

void frame_parse(benchmark::State& state) {
    const auto bytes = bind_and_execute();
    const protocol::frame_parser parser(1 << 20);
    for (auto _ : state) {
        std::string_view rest = bytes;
        while (!rest.empty()) {
            const auto frame = parser.next(rest);
            rest.remove_prefix((*frame)->bytes());
        }
    }
}
BENCHMARK(frame_parse);

void bind_decode(benchmark::State& state) {
    const auto bytes = bind_and_execute();
    const auto frame = protocol::frame_parser(1 << 20).next(bytes);
    for (auto _ : state) benchmark::DoNotOptimize(protocol::bind_view::decode((*frame)->body));
}
BENCHMARK(bind_decode);

void history_row_encode(benchmark::State& state) {
    namespace type_oid = types::type_oid;
    const std::vector<sql::result_column> columns{
        {.name = "id", .type = {type_oid::text, -1}},
        {.name = "new_memory", .type = {type_oid::text, -1}},
        {.name = "created_at", .type = {type_oid::timestamptz, -1}},
        {.name = "is_deleted", .type = {type_oid::int4, -1}}};
    const std::vector<value> row{"c5d7fd5c-33b6-4d51-9d1b-3a8f5b5e2a5f",
                                 "Lives in Porto and works from an office by the river",
                                 "2026-11-25 10:00:00.000000+00:00", std::int64_t{0}};
    std::vector<value_view> view;
    for (const auto& v : row) view.push_back(view_of(v));
    session::row_encoder encoder(columns, std::vector(4, session::format::text),
                                 std::make_shared<types::io_settings>(), SIZE_MAX);
    for (auto _ : state) {
        benchmark::DoNotOptimize(encoder.add(view));
        encoder.rewind(0);
    }
}
BENCHMARK(history_row_encode);

}  // namespace
}  // namespace historyd
