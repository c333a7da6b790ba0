#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "case_file.hpp"
#include "storage/types/numeric.hpp"
#include "storage/types/numeric_math.hpp"

namespace historyd::types {
namespace {

using arguments = std::vector<std::string>;
using operation = std::function<result<numeric>(const arguments&)>;

numeric number(const std::string& text) { return *numeric::parse(text); }

const std::map<std::string, operation>& operations() {
    using binary = result<numeric> (*)(const numeric&, const numeric&);
    const auto two = [](binary f) {
        return [f](const arguments& a) { return f(number(a[0]), number(a[1])); };
    };
    using unary = numeric (*)(const numeric&);
    const auto one = [](unary f) {
        return [f](const arguments& a) -> result<numeric> { return f(number(a[0])); };
    };
    using fallible = result<numeric> (*)(const numeric&);
    const auto one_fallible = [](fallible f) {
        return [f](const arguments& a) { return f(number(a[0])); };
    };
    using to_digits = numeric (*)(const numeric&, int);
    const auto digits = [](to_digits f) {
        return
            [f](const arguments& a) -> result<numeric> { return f(number(a[0]), std::stoi(a[1])); };
    };
    static const std::map<std::string, operation> all{
        {"add", two(add)},
        {"subtract", two(subtract)},
        {"multiply", two(multiply)},
        {"divide", two(divide)},
        {"modulo", two(modulo)},
        {"div_trunc", two(div_trunc)},
        {"gcd", two(gcd)},
        {"lcm", two(lcm)},
        {"log", two(logarithm)},
        {"power", two(power)},
        {"negate", one(negate)},
        {"abs", one(abs)},
        {"ceil", one(ceil)},
        {"floor", one(floor)},
        {"trim_scale", one(trim_scale)},
        {"sqrt", one_fallible(square_root)},
        {"exp", one_fallible(exponential)},
        {"ln", one_fallible(natural_logarithm)},
        {"round", digits(round)},
        {"trunc", digits(trunc)},
        {"log10", [](const arguments& a) { return logarithm(10, number(a[0])); }},
        {"factorial", [](const arguments& a) { return factorial(std::stoll(a[0])); }},
    };
    return all;
}

TEST(numeric, computes_as_postgresql) {
    for (const auto& cells : read_cases("numeric.tsv")) {
        arguments given;
        std::string rest = cells[2];
        for (std::size_t bar; (bar = rest.find('|')) != std::string::npos;) {
            given.push_back(rest.substr(0, bar));
            rest.erase(0, bar + 1);
        }
        given.push_back(rest);
        const auto r = operations().at(cells[0])(given);
        EXPECT_EQ(r ? r->to_string() : describe(r.error()), describe_expected(cells, 3))
            << cells[0] << " of " << cells[2];
    }
}

TEST(numeric, limits_of_size) {
    const std::string widest = "1" + std::string(131'071, '0');
    const auto v = numeric::parse(widest);
    ASSERT_TRUE(v);
    EXPECT_EQ(v->to_string(), widest);
    const auto beyond = multiply(*v, 10);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(describe(beyond.error()), "!22003|value overflows numeric format||");
    const auto finest = numeric::parse("1e-16383");
    ASSERT_TRUE(finest);
    EXPECT_EQ(finest->scale(), 16'383);
    // Products keep the scale's limit by rounding.
    EXPECT_EQ(multiply(*finest, number("0.1"))->scale(), 16'383);
}

TEST(numeric, decimal_digits_at_the_powers_of_ten) {
    for (int n = 1; n < 200; ++n) {
        EXPECT_EQ(decimal_digits(power_of_ten(n)), n + 1);
        EXPECT_EQ(decimal_digits(power_of_ten(n) - 1), n);
        EXPECT_EQ(decimal_digits(-power_of_ten(n)), n + 1);
    }
    EXPECT_EQ(decimal_digits(0), 1);
}

}  // namespace
}  // namespace historyd::types
