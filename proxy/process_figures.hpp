#pragma once

#include <cstdint>
#include <string>

namespace historyd {

// What the operating system says of this process (proc(5)); 0 where it says nothing.
struct process_figures {
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0, virtual_bytes = 0, open_fds = 0, max_fds = 0, threads = 0;
};
process_figures read_process_figures();

// Of a file; 0 when there is none.
std::uint64_t file_bytes(const std::string& file);
// Room for us on the file's disk.
std::uint64_t free_bytes(const std::string& file);

}  // namespace historyd
