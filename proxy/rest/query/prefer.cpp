#include "proxy/rest/query/prefer.hpp"

#include <charconv>

#include "storage/types/input_text.hpp"

namespace historyd::rest {

namespace {

using representation = preferences::representation;
using counting = preferences::counting;

template <class T>
struct spelling {
    std::string_view text;
    T meaning;
};

constexpr spelling<representation> returning_spellings[] = {
    {"return=minimal", representation::minimal},
    {"return=headers-only", representation::headers_only},
    {"return=representation", representation::full},
};
constexpr spelling<counting> count_spellings[] = {
    {"count=exact", counting::exact},
    {"count=planned", counting::planned},
    {"count=estimated", counting::estimated},
};
constexpr spelling<bool> resolution_spellings[] = {{"resolution=merge-duplicates", true},
                                                   {"resolution=ignore-duplicates", false}};
constexpr spelling<bool> missing_spellings[] = {{"missing=default", true}, {"missing=null", false}};
constexpr spelling<bool> tx_spellings[] = {{"tx=commit", true}, {"tx=rollback", false}};
constexpr spelling<bool> handling_spellings[] = {{"handling=strict", true},
                                                 {"handling=lenient", false}};

// Returns: whether it is one of the spellings; the first one given is kept.
template <class T, std::size_t N>
bool read(std::string_view text, const spelling<T> (&spellings)[N], std::optional<T>& into) {
    for (const auto& s : spellings) {
        if (text != s.text) continue;
        if (!into) into = s.meaning;
        return true;
    }
    return false;
}

template <class T, std::size_t N>
void append(const std::optional<T>& meaning, const spelling<T> (&spellings)[N], std::string& out) {
    for (const auto& s : spellings) {
        if (meaning != s.meaning) continue;
        out += (out.empty() ? "" : ", ") + std::string(s.text);
    }
}

void append(std::string_view name, const std::string& text, std::string& out) {
    out += (out.empty() ? "" : ", ") + std::string(name) + text;
}

bool read_max_affected(std::string_view text, std::optional<std::int64_t>& into) {
    constexpr std::string_view name = "max-affected=";
    if (!text.starts_with(name)) return false;
    text.remove_prefix(name.size());
    std::int64_t n = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc() || stopped != text.data() + text.size() || n < 0) return false;
    if (!into) into = n;
    return true;
}

bool read_timezone(std::string_view text, std::optional<std::string>& into) {
    constexpr std::string_view name = "timezone=";
    if (!text.starts_with(name)) return false;
    if (!into) into = text.substr(name.size());
    return true;
}

void read_one(std::string_view text, preferences& p) {
    const bool known =
        read(text, returning_spellings, p.returning) || read(text, count_spellings, p.count) ||
        read(text, resolution_spellings, p.merge_duplicates) ||
        read(text, missing_spellings, p.missing_default) || read(text, tx_spellings, p.commit) ||
        read(text, handling_spellings, p.strict) || read_timezone(text, p.timezone) ||
        read_max_affected(text, p.max_affected);
    if (!known) p.unknown.emplace_back(text);
}

}  // namespace

result<preferences> parse_prefer(const std::vector<std::string>& headers) {
    preferences p;
    for (std::string_view header : headers) {
        while (!header.empty()) {
            const auto item = header.substr(0, header.find(','));
            header.remove_prefix(std::min(item.size() + 1, header.size()));
            if (const auto text = types::trim_blanks(item); !text.empty()) read_one(text, p);
        }
    }
    if (p.strict.value_or(false) && !p.unknown.empty()) {
        std::string list;
        for (const auto& u : p.unknown) list += (list.empty() ? "" : ", ") + u;
        return sql_error("PGRST122", "Invalid preferences given with handling=strict")
            .with_detail("Invalid preferences: " + list);
    }
    return p;
}

std::string preferences::applied(usage used) const {
    std::string out;
    if (used.resolution) append(merge_duplicates, resolution_spellings, out);
    if (used.missing) append(missing_default, missing_spellings, out);
    if (used.returning) append(returning, returning_spellings, out);
    append(count, count_spellings, out);
    append(commit, tx_spellings, out);
    append(strict, handling_spellings, out);
    if (timezone) append("timezone=", *timezone, out);
    if (used.max_affected && max_affected && strict.value_or(false)) {
        append("max-affected=", std::to_string(*max_affected), out);
    }
    return out;
}

}  // namespace historyd::rest
