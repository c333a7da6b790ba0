#pragma once

#include <cstdint>
#include <vector>

#include "storage/types/pg_type.hpp"

// The types that have values, by the number a fuzzer's first byte gives.
inline historyd::types::oid fuzzed_type(std::uint8_t n) {
    using namespace historyd::types;
    static const auto all = [] {
        std::vector<oid> list;
        for (oid id = 1; id < 6000; ++id) {
            const auto* info = find_type(id);
            if (info != nullptr && info->category != 'P') list.push_back(id);
        }
        return list;
    }();
    return all[n % all.size()];
}
