#pragma once

#include <string>
#include <string_view>

#include "storage/base/sql_error.hpp"

namespace historyd::rest {

// The key that requests have to show. Never printed.
class access_key {
public:
    // Requires: key is not empty.
    explicit access_key(std::string key) : key_(std::move(key)) {}

    // `apikey` and `authorization` are the headers' values, empty when absent: one of them has to
    // be the key. Compared in constant time. Errors: PGRST302 without a key, PGRST301 with another.
    result<void> check(std::string_view apikey, std::string_view authorization) const;

private:
    bool matches(std::string_view given) const;

    std::string key_;
};

}  // namespace historyd::rest
