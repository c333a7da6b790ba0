// Values of keys: stored, compared, printed.

#include <charconv>
#include <utility>

#include "conf/config_keys.hpp"
#include "conf/toml_text.hpp"

namespace historyd::conf {

namespace {

sql_error wrong(const key& k, std::string_view why) {
    return {sqlstate::config_file_error, std::string(k.name) + ": " + std::string(why)};
}

// Stores, checks, and takes back what does not pass.
template <class T>
result<void> store(const key& k, config& c, T& place, T v) {
    std::swap(place, v);
    if (k.check == nullptr) return {};
    if (const auto why = k.check(c); !why.empty()) {
        std::swap(place, v);
        return wrong(k, why);
    }
    return {};
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> items;
    for (std::size_t start = 0; start < text.size();) {
        const auto comma = std::min(text.find(',', start), text.size());
        items.push_back(text.substr(start, comma - start));
        start = comma + 1;
    }
    return items;
}

}  // namespace

std::string key::environment_name() const {
    std::string out = "HISTORYD_";
    for (const char c : name) {
        out.push_back(c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    return out;
}

result<void> assign(const key& k, config& c, std::int64_t number) {
    auto place = k.of(c);
    auto* target = std::get_if<std::int64_t*>(&place);
    if (target == nullptr) return wrong(k, "it is text, in quotes");
    if (number < k.min || number > k.max) {
        return wrong(k, std::to_string(number) + " is outside " + std::to_string(k.min) + " to " +
                            std::to_string(k.max));
    }
    return store(k, c, **target, number);
}

result<void> assign(const key& k, config& c, const std::string& text) {
    auto place = k.of(c);
    if (auto* one = std::get_if<std::string*>(&place)) return store(k, c, **one, text);
    if (std::holds_alternative<std::int64_t*>(place)) return wrong(k, "it is a whole number");
    return assign(k, c, std::vector<std::string>{text});
}

result<void> assign(const key& k, config& c, const std::vector<std::string>& list) {
    auto place = k.of(c);
    auto* many = std::get_if<std::vector<std::string>*>(&place);
    if (many == nullptr) return wrong(k, "it is one value, not a list");
    return store(k, c, **many, list);
}

result<void> assign_text(const key& k, config& c, const std::string& text) {
    auto place = k.of(c);
    if (std::holds_alternative<std::vector<std::string>*>(place)) return assign(k, c, split(text));
    if (std::holds_alternative<std::string*>(place)) return assign(k, c, text);
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || stopped != end) {
        return wrong(k, quoted(text) + " is not a whole number");
    }
    return assign(k, c, number);
}

bool is_equal(const key& k, const config& a, const config& b) {
    config left = a, right = b;
    return std::visit(
        [&](auto* v) {
            const auto other = k.of(right);
            return *v == *std::get<decltype(v)>(other);
        },
        k.of(left));
}

void copy(const key& k, const config& from, config& to) {
    config source = from;
    std::visit([&](auto* v) { *std::get<decltype(v)>(k.of(to)) = *v; }, k.of(source));
}

std::string value_text(const key& k, const config& c) {
    config copy = c;
    if (k.secret) {
        auto& text = *std::get<std::string*>(k.of(copy));
        if (!text.empty()) text = "***";
    }
    struct visitor {
        std::string operator()(const std::string* text) const { return quoted(*text); }
        std::string operator()(const std::int64_t* number) const { return std::to_string(*number); }
        std::string operator()(const std::vector<std::string>* list) const {
            return quoted_list(*list);
        }
    };
    return std::visit(visitor{}, k.of(copy));
}

}  // namespace historyd::conf
