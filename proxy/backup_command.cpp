#include "proxy/backup_command.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

#include "storage/catalog/catalog.hpp"
#include "storage/sqlite/backup.hpp"
#include "storage/sqlite/functions/register.hpp"

namespace historyd {

namespace {

template <class T>
T checked(result<T> r) {
    if (r) {
        if constexpr (!std::is_void_v<T>)
            return std::move(*r);
        else
            return;
    }
    const auto& e = r.error();
    throw std::runtime_error(e.message + (e.detail.empty() ? "" : "; " + e.detail));
}

}  // namespace

void back_up(const conf::config& c, const std::filesystem::path& destination) {
    if (!std::filesystem::exists(c.storage)) {
        throw std::runtime_error("\"" + c.storage + "\" does not exist (storage)");
    }
    // Its indexes may use functions and collations of ours.
    const std::array<sqlite::database::extension, 2> extensions = {sqlite::register_functions,
                                                                   catalog::register_catalog};
    const auto source =
        checked(sqlite::database::open(c.storage, sqlite::open_mode::read_only, extensions));
    checked(sqlite::back_up(*source, destination, extensions));
    std::printf("%s: %ju bytes, checked\n", destination.c_str(),
                std::filesystem::file_size(destination));
}

}  // namespace historyd
