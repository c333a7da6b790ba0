#include "proxy/rest/query/field.hpp"

#include <charconv>

#include "storage/types/input_text.hpp"

namespace historyd::rest {

namespace {

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == ' ' || static_cast<unsigned char>(c) >= 0x80;
}

// A whole number that ends where a step may end; else it is a key that begins with digits.
bool take_index(text_cursor& in, std::int32_t& index) {
    const auto text = in.rest();
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (failed != std::errc()) return false;
    const auto length = static_cast<std::size_t>(stopped - text.data());
    const auto after = text.substr(length);
    if (!after.empty() && !after.starts_with("->") && !after.starts_with("::") &&
        after.front() != '.' && after.front() != ',' && after.front() != ')') {
        return false;
    }
    in.skip(length);
    return true;
}

}  // namespace

result<std::string> take_quoted(text_cursor& in) {
    std::string out;
    in.skip(1);
    while (!in.done() && in.peek() != '"') {
        if (in.peek() == '\\') in.skip(1);
        if (in.done()) break;
        out.push_back(in.peek());
        in.skip(1);
    }
    if (!in.take("\"")) return in.expected("\"\\\"\"");
    return out;
}

result<std::string> take_name(text_cursor& in) {
    if (in.peek() == '"') return take_quoted(in);
    std::string out;
    while (is_name_byte(in.peek()) ||
           (in.peek() == '-' && !out.empty() && !in.rest().starts_with("->"))) {
        out.push_back(in.peek());
        in.skip(1);
    }
    const auto name = types::trim_blanks(out);
    if (name.empty()) return in.expected("field name (* or [a..z0..9_$])");
    return std::string(name);
}

result<field> take_field(text_cursor& in) {
    in.skip_blanks();
    auto name = take_name(in);
    if (!name) return name.error();
    field f{.name = std::move(*name), .path = {}};
    while (in.take("->")) {
        json_step step;
        step.as_text = in.take(">");
        if (std::int32_t index = 0; take_index(in, index)) {
            step.to = index;
        } else {
            auto key = take_name(in);
            if (!key) return key.error();
            step.to = std::move(*key);
        }
        f.path.push_back(std::move(step));
    }
    in.skip_blanks();
    return f;
}

result<std::vector<std::string>> parse_names(std::string_view text, std::string_view parameter) {
    text_cursor in(text, parameter);
    std::vector<std::string> names;
    do {
        in.skip_blanks();
        auto name = take_name(in);
        if (!name) return name.error();
        names.push_back(std::move(*name));
        in.skip_blanks();
    } while (in.take(","));
    if (!in.done()) return in.expected("\",\" or end of input");
    return names;
}

}  // namespace historyd::rest
