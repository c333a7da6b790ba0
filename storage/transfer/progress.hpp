#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace historyd::transfer {

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t n);

// "moving  [#########           ]  45%  450,000 rows  51,200/s  0:10 left". Pure.
// The bar is left out when `bar` is false.
std::string progress_line(std::string_view stage, double fraction, std::uint64_t rows,
                          std::chrono::duration<double> elapsed, bool bar);

// Shows how far it is: on a terminal one line that is rewritten, elsewhere a line now and then.
class progress_display {
public:
    explicit progress_display(std::FILE* out);
    // Ends the stage before.
    void begin(std::string stage);
    void update(double fraction, std::uint64_t rows);
    // The last state of the stage, for good.
    void end();

private:
    using clock = std::chrono::steady_clock;
    void show(bool last);

    std::FILE* out_;
    bool terminal_;
    std::string stage_;
    double fraction_ = 0;
    std::uint64_t rows_ = 0;
    clock::time_point started_, shown_;
};

}  // namespace historyd::transfer
