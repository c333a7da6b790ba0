#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/engine.hpp"

namespace historyd {

// A file that is served, under the database's name; empty: every name means it.
struct served_file {
    std::string name;
    engine_options options;
};

// The engines there are: one for each [databases.NAME], or a single one that every name means.
// Built by the composition root; any thread once it is.
class databases {
public:
    // `names`: all databases, for pg_database. Throws std::runtime_error with one line.
    databases(const std::vector<served_file>& files, std::vector<std::string> names);

    // Requires: authentication has let a client into a database of this name.
    engine& of(std::string_view name);
    // The single one, or the first by name.
    engine& first() { return *engines_.begin()->second; }
    // By name; the single one's is empty.
    const std::map<std::string, std::unique_ptr<engine>, std::less<>>& all() const {
        return engines_;
    }

    // Commits what is queued and closes the files. Call when no session is running any more.
    void drain();
    void interrupt();

private:
    std::map<std::string, std::unique_ptr<engine>, std::less<>> engines_;
};

}  // namespace historyd
