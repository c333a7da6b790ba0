#include "storage/sql/translate/grouping.hpp"

#include <algorithm>
#include <set>

namespace historyd::sql {

namespace {

constexpr char start = '\0';
// What follows `start`: these, or the number of a key.
constexpr char end_of_key = '\xff', missing = '\xfe';

char number_of(std::size_t key) { return static_cast<char>(key); }

bool has(const grouping_set& set, char key) {
    return std::ranges::find(set, static_cast<std::size_t>(static_cast<unsigned char>(key))) !=
           set.end();
}

}  // namespace

std::string mark_key(std::size_t key, std::string_view sql) {
    std::string out{start, number_of(key)};
    out += unmarked(sql);
    return out += {start, end_of_key};
}

std::string mark_missing(std::span<const std::size_t> keys) {
    std::string out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        out += (i > 0 ? " + " : "(") + std::to_string(1u << (keys.size() - 1 - i)) + " * ";
        out += {start, missing, number_of(keys[i])};
    }
    return out + ")";
}

std::string unmarked(std::string_view sql) {
    std::string out;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        if (sql[at] != start) {
            out += sql[at];
        } else if (sql[++at] == missing) {
            out += {start, missing, sql[++at]};  // says nothing of a key's own text
        }
    }
    return out;
}

std::string chosen(std::string_view sql, const grouping_set& set) {
    std::string out;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        if (sql[at] != start) {
            out += sql[at];
            continue;
        }
        const char mark = sql[++at];
        if (mark == missing) {
            out += has(set, sql[++at]) ? '0' : '1';
        } else if (mark != end_of_key && !has(set, mark)) {
            out += "NULL";
            const std::string end{start, end_of_key};
            at = std::min(sql.find(end, at), sql.size() - end.size()) + end.size() - 1;
        }
    }
    return out;
}

std::vector<grouping_set> crossed(const std::vector<grouping_set>& left,
                                  const std::vector<grouping_set>& right) {
    std::vector<grouping_set> out;
    for (const auto& l : left) {
        for (const auto& r : right) {
            auto both = l;
            for (const auto key : r) {
                if (std::ranges::find(both, key) == both.end()) both.push_back(key);
            }
            out.push_back(std::move(both));
        }
    }
    return out;
}

void remove_equal(std::vector<grouping_set>& sets) {
    std::set<grouping_set> seen;
    std::erase_if(sets, [&](grouping_set set) {
        std::ranges::sort(set);
        return !seen.insert(std::move(set)).second;
    });
}

}  // namespace historyd::sql
