#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "storage/engine.hpp"
#include "storage/postgres/target.hpp"

namespace historyd {

struct hydrate_options {
    engine_options storage;
    std::chrono::milliseconds connect_timeout{5000}, silence{30'000}, retry{1000};
    // How it is going, for people; a line now and then.
    std::function<void(const std::string&)> told;
};

enum class hydration : std::uint8_t {
    not_needed,   // the file has a history of its own
    unreachable,  // it is empty and stays so: the backend did not answer
    nothing,      // nor does the backend have tables
    done,
};

// Fills a new, empty file from a backend that has tables: those in the schemas of its search path
// that can be stored here and have a primary key, their rows, indexes and sequences. What has been
// pulled is durable piece by piece; when it is interrupted, the next call goes on there. Nothing of
// it is journaled. Blocks; before the file is served. Throws std::runtime_error as engine does.
// Errors: the file is partly filled and the rest cannot be had.
result<hydration> hydrate(const hydrate_options& options, const postgres::target& target);

// The file is only partly filled: it can be served by nobody but who fills it.
result<bool> is_partly_hydrated(const std::filesystem::path& file);

}  // namespace historyd
