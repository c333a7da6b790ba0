#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hpp"
#include "proxy/databases.hpp"
#include "storage/postgres/target.hpp"
#include "storage/replicator/replicator.hpp"

namespace historyd {

// Which files are served and which of them have a backend: [backend] for the single one, or for the
// one of [databases] that names none of its own. Each has its outbox and its replicator. Built by
// the composition root; the engines outlive it.
class forwarding {
public:
    // `base`: what all engines have in common. Throws std::runtime_error with one clear line.
    forwarding(const conf::config& c, const engine_options& base);

    const std::vector<served_file>& files() const { return files_; }

    // Fills new files from their backends, before they are opened. Blocks. Throws likewise.
    void hydrate() const;
    // Makes the replicators.
    void attach(databases& opened);
    void start();
    void stop();

    // Null: the database has no backend. Any thread.
    const replicator::replicator* of(std::string_view database) const;
    // The database's file; null likewise.
    const std::filesystem::path* file_of(std::string_view database) const;

private:
    const conf::backend_config config_;
    std::vector<served_file> files_;
    std::map<std::string, postgres::target, std::less<>> targets_;
    std::map<std::string, std::unique_ptr<replicator::replicator>, std::less<>> replicators_;
};

}  // namespace historyd
