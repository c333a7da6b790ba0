#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace historyd::net {

class temporary_directory {
public:
    temporary_directory() {
        std::string name = "/tmp/historyd-net-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace historyd::net
