#include <cmath>
#include <random>

#include "storage/base/random_uuid.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/types/scalar_text.hpp"

// random(), setseed() and random UUIDs.

namespace historyd::sqlite {
namespace {

// One generator a thread: a connection stays on its thread. setseed() makes what follows on it
// repeatable, though not PostgreSQL's own sequence.
std::mt19937_64& generator() {
    thread_local std::mt19937_64 engine{[] {
        std::random_device source;
        return (std::uint64_t{source()} << 32) | source();
    }()};
    return engine;
}

result<value> random(const function_call&) {
    // 53 bits: every result is a double below 1.
    return value(std::ldexp(static_cast<double>(generator()() >> 11), -53));
}

result<value> set_seed(const function_call& c) {
    const double seed = c.real(0);
    if (!(seed >= -1 && seed <= 1)) {
        std::string text;
        types::format_float8(seed, 1, text);
        return sql_error(sqlstate::invalid_parameter_value,
                         "setseed parameter " + text + " is out of allowed range [-1,1]");
    }
    generator().seed(static_cast<std::uint64_t>(static_cast<std::int64_t>(std::ldexp(seed, 52))));
    return value(std::string());
}

result<value> new_uuid(const function_call&) { return value(random_uuid()); }

}  // namespace

std::span<const scalar_function> random_functions() {
    static constexpr scalar_function functions[] = {
        strict_volatile<random>("pg_random", 0),
        strict_volatile<set_seed>("pg_setseed", 1),
        strict_volatile<new_uuid>("pg_random_uuid", 0),
    };
    return functions;
}

}  // namespace historyd::sqlite
