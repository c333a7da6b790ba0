#include "storage/sql/translate/candidate.hpp"

#include <algorithm>

#include "storage/sql/translate/cast_rules.hpp"

namespace historyd::sql {

namespace t = types::type_oid;

namespace {

bool accepts(oid declared, oid given) {
    if (declared == given || declared == t::any || given == t::unknown) return true;
    switch (declared) {
        case t::anyelement:
        case t::anycompatible:
            return true;
        case t::anynonarray:
            return element_of(given) == 0;
        case t::anyarray:
        case t::anycompatiblearray:
            return element_of(given) != 0;
        default:
            break;
    }
    if (is_pseudo(given) || is_pseudo(declared)) return false;
    return find_cast(given, declared, coercion::implicit) != cast_path::none;
}

bool fits(const candidate& c, std::span<const oid> given) {
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!accepts(c.arguments[i], given[i])) return false;
    }
    return resolve_polymorphic(c, given).has_value();
}

using indexes = std::vector<std::size_t>;

// Keeps the candidates with the highest score; all of them when nobody scores.
template <class Score>
void keep_best(indexes& left, Score score) {
    int best = 0;
    indexes kept;
    for (const auto i : left) {
        const int s = score(i);
        if (s > best) {
            best = s;
            kept.clear();
        }
        if (s == best) kept.push_back(i);
    }
    left = std::move(kept);
}

class chooser {
public:
    chooser(std::span<const candidate> all, std::span<const oid> given)
        : all_(all), given_(given) {}

    choice run() {
        if (const auto exact = find_exact()) return {exact};
        indexes left;
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (fits(all_[i], given_)) left.push_back(i);
        }
        if (left.empty()) return {};
        if (left.size() == 1) return {left.front()};
        keep_best(left, [&](std::size_t i) { return exact_matches(i); });
        if (left.size() == 1) return {left.front()};
        keep_best(left, [&](std::size_t i) { return preferred_matches(i); });
        if (left.size() == 1) return {left.front()};
        if (std::ranges::find(given_, oid{t::unknown}) == given_.end()) return {std::nullopt, true};
        by_unknown_category(left);
        if (left.size() == 1) return {left.front()};
        if (const auto same = by_known_type(left)) return {same};
        return {std::nullopt, true};
    }

private:
    oid declared(std::size_t i, std::size_t argument) const { return all_[i].arguments[argument]; }

    std::optional<std::size_t> find_exact() const {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (std::ranges::equal(all_[i].arguments, given_)) return i;
        }
        return std::nullopt;
    }

    int exact_matches(std::size_t i) const {
        int n = 0;
        for (std::size_t a = 0; a < given_.size(); ++a) {
            n += given_[a] != t::unknown && declared(i, a) == given_[a];
        }
        return n;
    }

    int preferred_matches(std::size_t i) const {
        int n = 0;
        for (std::size_t a = 0; a < given_.size(); ++a) {
            if (given_[a] == t::unknown) continue;
            n += declared(i, a) == given_[a] ||
                 (category_of(declared(i, a)) == category_of(given_[a]) &&
                  is_preferred(declared(i, a)));
        }
        return n;
    }

    // Bare strings: the type category that the candidates agree on, string if any takes one.
    void by_unknown_category(indexes& left) const {
        std::vector<std::pair<char, bool>> wanted(given_.size(), {'\0', false});
        for (std::size_t a = 0; a < given_.size(); ++a) {
            if (given_[a] != t::unknown) continue;
            auto& [category, preferred] = wanted[a];
            bool conflict = false;
            for (const auto i : left) {
                const oid type = declared(i, a);
                const char c = category_of(type);
                if (category == '\0') {
                    category = c;
                    preferred = is_preferred(type);
                } else if (c == category) {
                    preferred |= is_preferred(type);
                } else if (c == 'S') {
                    category = c;
                    preferred = is_preferred(type);
                    conflict = false;
                } else if (category != 'S') {
                    conflict = true;
                }
            }
            if (conflict && category != 'S') return;
        }
        indexes kept;
        for (const auto i : left) {
            bool keep = true;
            for (std::size_t a = 0; a < given_.size() && keep; ++a) {
                if (given_[a] != t::unknown) continue;
                const oid type = declared(i, a);
                keep = category_of(type) == wanted[a].first &&
                       (!wanted[a].second || is_preferred(type));
            }
            if (keep) kept.push_back(i);
        }
        if (!kept.empty()) left = std::move(kept);
    }

    // All known arguments of one type: the bare strings are taken to be of it as well.
    std::optional<std::size_t> by_known_type(const indexes& left) const {
        oid known = t::unknown;
        for (const oid type : given_) {
            if (type == t::unknown) continue;
            if (known != t::unknown && known != type) return std::nullopt;
            known = type;
        }
        if (known == t::unknown) return std::nullopt;
        const std::vector<oid> assumed(given_.size(), known);
        std::optional<std::size_t> only;
        for (const auto i : left) {
            if (!fits(all_[i], assumed)) continue;
            if (only) return std::nullopt;
            only = i;
        }
        return only;
    }

    std::span<const candidate> all_;
    std::span<const oid> given_;
};

// The type that all "anycompatible" arguments can become.
std::optional<oid> join_compatible(std::optional<oid> sofar, oid next) {
    if (next == t::unknown) return sofar;
    if (!sofar || *sofar == next) return next;
    if (category_of(*sofar) != category_of(next)) return std::nullopt;
    const bool up = find_cast(*sofar, next, coercion::implicit) != cast_path::none;
    const bool down = find_cast(next, *sofar, coercion::implicit) != cast_path::none;
    if (!is_preferred(*sofar) && up && !down) return next;
    return down || up ? (down ? sofar : std::optional<oid>(next)) : std::nullopt;
}

}  // namespace

bool is_polymorphic(oid type) {
    return type == t::anyelement || type == t::anyarray || type == t::anynonarray ||
           type == t::anycompatible || type == t::anycompatiblearray;
}

choice choose(std::span<const candidate> candidates, std::span<const oid> given) {
    return chooser(candidates, given).run();
}

bool is_undetermined(const candidate& c, std::span<const oid> given) {
    bool asked = false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const oid declared = c.arguments[i];
        if (declared != t::anyelement && declared != t::anynonarray && declared != t::anyarray) {
            continue;
        }
        if (given[i] != t::unknown) return false;
        asked = true;
    }
    return asked;
}

std::optional<resolved_signature> resolve_polymorphic(const candidate& c,
                                                      std::span<const oid> given) {
    std::optional<oid> element, compatible;  // what anyelement and anycompatible stand for
    for (std::size_t i = 0; i < given.size(); ++i) {
        const oid type = given[i];
        if (type == t::unknown) continue;
        const oid of_array = element_of(type);
        switch (c.arguments[i]) {
            case t::anynonarray:
                if (of_array != 0) return std::nullopt;
                [[fallthrough]];
            case t::anyelement:
                if (element && *element != type) return std::nullopt;
                element = type;
                break;
            case t::anyarray:
                if (of_array == 0 || (element && *element != of_array)) return std::nullopt;
                element = of_array;
                break;
            case t::anycompatible:
                compatible = join_compatible(compatible, type);
                if (!compatible) return std::nullopt;
                break;
            case t::anycompatiblearray:
                if (of_array == 0) return std::nullopt;
                compatible = join_compatible(compatible, of_array);
                if (!compatible) return std::nullopt;
                break;
            default:
                break;
        }
    }
    // Only bare strings were given: they are text, as far as the family is used at all.
    const oid e = element.value_or(t::text), k = compatible.value_or(t::text);
    const auto concrete = [&](oid declared) -> oid {
        switch (declared) {
            case t::anyelement:
            case t::anynonarray:
                return e;
            case t::anyarray:
                return array_of(e);
            case t::anycompatible:
                return k;
            case t::anycompatiblearray:
                return array_of(k);
            default:
                return declared;
        }
    };
    resolved_signature out;
    for (const oid declared : c.arguments) out.arguments.push_back(concrete(declared));
    out.result = concrete(c.result);
    if (std::ranges::find(out.arguments, oid{0}) != out.arguments.end() ||
        (is_polymorphic(c.result) && out.result == 0)) {
        return std::nullopt;
    }
    return out;
}

std::string fill_template(std::string_view text, std::span<const std::string> arguments,
                          std::span<const oid> types, oid result) {
    const auto all = [&](bool with_types) {
        std::string out;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (i > 0) out += ", ";
            if (with_types) out += std::to_string(types[i]) + ", ";
            out += arguments[i];
        }
        return out;
    };
    if (text.find_first_of("%(' ") == std::string_view::npos &&
        !(text.front() >= '0' && text.front() <= '9')) {
        return std::string(text) + "(" + all(false) + ")";
    }
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char next = text[++i];
        const auto number = [&](char digit) { return static_cast<std::size_t>(digit - '1'); };
        if (next == '*') {
            out += all(false);
        } else if (next == 'r') {
            out += std::to_string(result);
        } else if (next == 't' && text[i + 1] == '*') {
            out += all(true);
            ++i;
        } else if (next == 't') {
            out += std::to_string(types[number(text[++i])]);
        } else if (next == 'e') {
            out += std::to_string(element_of(types[number(text[++i])]));
        } else {
            out += arguments[number(next)];
        }
    }
    return out;
}

}  // namespace historyd::sql
