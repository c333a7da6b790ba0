#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/access.hpp"
#include "storage/engine.hpp"

namespace historyd {

// The engines there are: one for each [databases.NAME], or a single one that every name means.
// Built by the composition root; any thread once it is.
class databases {
public:
    // `options.storage` is the file when `configured` is empty. Throws std::runtime_error with one
    // line.
    databases(const engine_options& options, const std::vector<conf::database_config>& configured);

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
