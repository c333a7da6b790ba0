#pragma once

#include <filesystem>
#include <string>

#include "storage/base/unique_fd.hpp"

namespace historyd::net {

// A listening socket at DIR/.s.PGSQL.PORT, named and guarded as PostgreSQL does: mode 0777, and
// beside it .s.PGSQL.PORT.lock with the holder's process id in its first line. The lock file is
// also held with flock(), so that what a dead process left behind is recovered whatever lives under
// its process id now. Both files go away with the object.
class unix_socket {
public:
    // Throws std::runtime_error with one line: no such directory, no permission, held by another
    // process.
    unix_socket(const std::filesystem::path& directory, unsigned port,
                const std::filesystem::path& storage);
    unix_socket(unix_socket&&) = default;
    unix_socket& operator=(unix_socket&&) = delete;
    ~unix_socket();

    const std::filesystem::path& path() const { return path_; }
    // Hands the listening descriptor over; the files stay with this object.
    int release() { return listening_.release(); }

private:
    std::filesystem::path path_, lock_path_;
    unique_fd lock_, listening_;
};

}  // namespace historyd::net
