#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "storage/transfer/record.hpp"

namespace historyd::transfer {

// What makes two rows the same row. A table of Node's that numbers its rows itself gives a row
// another id than it had elsewhere: there only the rest counts.
enum class row_identity : std::uint8_t { whole, without_id };

using hash128 = std::array<unsigned char, 16>;

// The first half of SHA-256 over the row's canonical values, each with its length.
hash128 row_hash(const record& r, row_identity identity);

// Count and checksum of a set of rows in any order: the sum of the rows' hashes.
class digest {
public:
    void add(const hash128& hash);
    std::uint64_t rows() const { return rows_; }
    std::string checksum() const;  // 32 hexadecimal digits
    bool operator==(const digest&) const = default;

private:
    std::uint64_t rows_ = 0;
    std::uint64_t high_ = 0, low_ = 0;
};

}  // namespace historyd::transfer
