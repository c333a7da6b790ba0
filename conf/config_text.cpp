// Keys as people meet them: the shipped file, and what a misspelt name may mean.

#include <algorithm>
#include <numeric>

#include "conf/access_text.hpp"
#include "conf/config_keys.hpp"

namespace historyd::conf {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest_key(std::string_view name) {
    // Every key, with and without its table, since a key may stand in the wrong one.
    std::string_view nearest;
    auto least = name.size() / 3 + 2;
    for (const auto& k : keys()) {
        const auto last = k.name.substr(k.name.rfind('.') + 1);
        const auto given = name.substr(name.rfind('.') + 1);
        const auto distance = std::min(edit_distance(name, k.name), edit_distance(given, last) + 1);
        if (distance < least) {
            least = distance;
            nearest = k.name;
        }
    }
    return nearest;
}

std::string default_file() {
    constexpr std::size_t width = 98;
    std::string out =
        "# historyd's configuration. Every key stands here at its default; remove the # to change "
        "one.\n"
        "# A command line option wins over the environment (HISTORYD_STORAGE, "
        "HISTORYD_LIMITS_PORTALS_MAX),\n"
        "# that over this file. `historyd check` prints what is in force and where it comes "
        "from.\n";
    std::string_view table;
    for (const auto& k : keys()) {
        const auto dot = k.name.find('.');
        const auto here = dot == k.name.npos ? std::string_view() : k.name.substr(0, dot);
        if (here != table) out += "\n[" + std::string(table = here) + "]\n";
        std::string line = "\n#";
        const auto described =
            std::string(k.description) + (k.reload ? " SIGHUP reads it again." : "");
        for (std::string_view rest = described; !rest.empty();) {
            const auto word = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
            if (line.size() + 1 + word.size() > width) {
                out += line + "\n";
                line = "#";
            }
            line += " " + std::string(word);
        }
        out += line + "\n# " + std::string(k.name.substr(dot == k.name.npos ? 0 : dot + 1)) +
               " = " + value_text(k, config()) + "\n";
    }
    return out + std::string(access_example());
}

}  // namespace historyd::conf
