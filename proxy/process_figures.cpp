#include "proxy/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace historyd {

namespace fs = std::filesystem;

process_figures read_process_figures() {
    process_figures now;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0) {
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        now.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    }
    std::uint64_t pages = 0, resident_pages = 0;
    if (std::ifstream statm("/proc/self/statm"); statm >> pages >> resident_pages) {
        const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        now.virtual_bytes = pages * page_bytes;
        now.resident_bytes = resident_pages * page_bytes;
    }
    const auto entries = [](const char* folder) {
        std::error_code failed;
        std::uint64_t count = 0;
        for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
             at.increment(failed)) {
            ++count;
        }
        return count;
    };
    now.open_fds = entries("/proc/self/fd");
    now.threads = entries("/proc/self/task");
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) now.max_fds = files.rlim_cur;
    return now;
}

std::uint64_t file_bytes(const std::string& file) {
    std::error_code failed;
    const auto bytes = fs::file_size(file, failed);
    return failed ? 0 : bytes;
}

std::uint64_t free_bytes(const std::string& file) {
    std::error_code failed;
    const auto room = fs::space(fs::absolute(file).parent_path(), failed);
    return failed ? 0 : room.available;
}

}  // namespace historyd
