#include "storage/sqlite/functions/json_slice.hpp"

#include <algorithm>
#include <charconv>

#include "storage/types/json_lexer.hpp"

namespace historyd::sqlite {
namespace {

using types::json_lexer;
using types::json_token;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Cuts one container's direct parts out of its text; what is inside them is only counted through.
class slicer {
public:
    explicit slicer(std::string_view text) : lexer_(text, true) {}

    result<void> start() {
        if (auto ok = lexer_.advance(); !ok) return ok;
        return lexer_.advance();
    }

    bool at(json_token t) const { return lexer_.current() == t; }

    // Takes a whole value at the cursor. Returns: its text.
    result<std::string_view> value() {
        const char* const begin = lexer_.token().data();
        std::size_t depth = 0;
        for (;;) {
            const auto token = lexer_.current();
            if (token == json_token::end) return lexer_.unexpected("JSON value");
            if (token == json_token::object_begin || token == json_token::array_begin) ++depth;
            if (token == json_token::object_end || token == json_token::array_end) --depth;
            const char* const end = lexer_.token().data() + lexer_.token().size();
            if (auto ok = lexer_.advance(); !ok) return ok.error();
            if (depth == 0) return std::string_view(begin, static_cast<std::size_t>(end - begin));
        }
    }

    result<std::string> key() {
        if (!at(json_token::string)) return lexer_.unexpected("string or \"}\"");
        std::string name = std::move(lexer_.string_value());
        if (auto ok = lexer_.advance(); !ok) return ok.error();
        if (!at(json_token::colon)) return lexer_.unexpected("\":\"");
        if (auto ok = lexer_.advance(); !ok) return ok.error();
        return name;
    }

    // After a part: a comma goes on, `end` is the end.
    result<bool> more(json_token end) {
        if (at(end)) return false;
        if (!at(json_token::comma)) return lexer_.unexpected("\",\"");
        if (auto ok = lexer_.advance(); !ok) return ok.error();
        return true;
    }

private:
    json_lexer lexer_;
};

std::optional<std::int64_t> as_index(std::string_view text) {
    std::int64_t n = 0;
    const auto* const end = text.data() + text.size();
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [at, code] = std::from_chars(text.data(), end, n);
    if (code != std::errc{} || at != end || n != static_cast<std::int32_t>(n)) return std::nullopt;
    return n;
}

}  // namespace

std::string_view trim_json(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

result<json_kind> kind_of_json(std::string_view text) {
    const auto trimmed = trim_json(text);
    switch (trimmed.empty() ? '\0' : trimmed.front()) {
        case '{':
            return json_kind::object;
        case '[':
            return json_kind::array;
        case '"':
            return json_kind::string;
        case 't':
        case 'f':
            return json_kind::boolean;
        case 'n':
            return json_kind::null;
        default:
            break;
    }
    if (auto ok = types::check_json(text); !ok) return ok.error();
    return json_kind::number;
}

result<std::vector<json_member>> json_members(std::string_view object) {
    slicer s(object);
    if (auto ok = s.start(); !ok) return ok.error();
    std::vector<json_member> members;
    if (s.at(json_token::object_end)) return members;
    for (;;) {
        auto key = s.key();
        if (!key) return key.error();
        const auto v = s.value();
        if (!v) return v.error();
        members.push_back({std::move(*key), *v});
        const auto more = s.more(json_token::object_end);
        if (!more) return more.error();
        if (!*more) return members;
    }
}

result<std::vector<std::string_view>> json_elements(std::string_view array) {
    slicer s(array);
    if (auto ok = s.start(); !ok) return ok.error();
    std::vector<std::string_view> elements;
    if (s.at(json_token::array_end)) return elements;
    for (;;) {
        const auto v = s.value();
        if (!v) return v.error();
        elements.push_back(*v);
        const auto more = s.more(json_token::array_end);
        if (!more) return more.error();
        if (!*more) return elements;
    }
}

result<std::optional<std::string_view>> json_field(std::string_view text, std::string_view key) {
    using found = std::optional<std::string_view>;
    const auto kind = kind_of_json(text);
    if (!kind) return kind.error();
    if (*kind != json_kind::object) return found();
    const auto members = json_members(text);
    if (!members) return members.error();
    const auto last = std::find_if(members->rbegin(), members->rend(),
                                   [&](const json_member& m) { return m.key == key; });
    return last == members->rend() ? found() : found(last->value);
}

result<std::optional<std::string_view>> json_element(std::string_view text, std::int64_t index) {
    using found = std::optional<std::string_view>;
    const auto kind = kind_of_json(text);
    if (!kind) return kind.error();
    if (*kind != json_kind::array) return found();
    const auto elements = json_elements(text);
    if (!elements) return elements.error();
    const auto count = static_cast<std::int64_t>(elements->size());
    if (index < 0) index += count;
    if (index < 0 || index >= count) return found();
    return found((*elements)[static_cast<std::size_t>(index)]);
}

result<std::optional<std::string_view>> json_path(std::string_view text,
                                                  const std::vector<std::string>& steps) {
    using found = std::optional<std::string_view>;
    auto at = trim_json(text);
    for (const auto& step : steps) {
        const auto kind = kind_of_json(at);
        if (!kind) return kind.error();
        result<found> next = found();
        if (*kind == json_kind::object) {
            next = json_field(at, step);
        } else if (*kind == json_kind::array) {
            const auto index = as_index(step);
            if (index) next = json_element(at, *index);
        }
        if (!next) return next.error();
        if (!*next) return found();
        at = **next;
    }
    return found(at);
}

result<std::optional<std::string>> json_as_text(std::string_view value) {
    using text = std::optional<std::string>;
    value = trim_json(value);
    const auto kind = kind_of_json(value);
    if (!kind) return kind.error();
    if (*kind == json_kind::null) return text();
    if (*kind != json_kind::string) return text(value);
    json_lexer lexer(value, true);
    if (auto ok = lexer.advance(); !ok) return ok.error();
    return text(std::move(lexer.string_value()));
}

}  // namespace historyd::sqlite
