#include "storage/catalog/proc_facts.hpp"

#include <algorithm>
#include <array>

namespace historyd::catalog {

namespace {

// The numbers of a vector: "[0:1]={25,23}".
std::vector<oid> read_vector(std::string_view text) {
    std::vector<oid> numbers;
    const auto open = text.find('{');
    if (open == std::string_view::npos) return numbers;
    text = text.substr(open + 1, text.size() - open - 2);
    while (!text.empty()) {
        const auto comma = text.find(',');
        numbers.push_back(number_of<oid>(text.substr(0, comma)));
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return numbers;
}

proc_fact read_proc(std::string_view line) {
    std::array<std::string_view, 20> f;
    for (auto& field : f) field = take_field(line);
    return {.id = number_of<oid>(f[0]),
            .name = f[1],
            .kind = f[9].front(),
            .returns_set = f[13] == "t",
            .result = number_of<oid>(f[18]),
            .arguments = read_vector(f[19])};
}

// In OID order, as the facts are.
const std::vector<proc_fact>& procs() {
    static const auto all = [] {
        std::vector<proc_fact> facts;
        for (auto text = facts_of("pg_proc"); !text.empty();) {
            facts.push_back(read_proc(take_line(text)));
        }
        return facts;
    }();
    return all;
}

}  // namespace

const proc_fact* find_proc_fact(oid id) {
    const auto at = std::ranges::lower_bound(procs(), id, {}, &proc_fact::id);
    return at != procs().end() && at->id == id ? &*at : nullptr;
}

std::vector<const proc_fact*> find_proc_facts(std::string_view name) {
    std::vector<const proc_fact*> found;
    for (const auto& fact : procs()) {
        if (fact.name == name) found.push_back(&fact);
    }
    return found;
}

}  // namespace historyd::catalog
