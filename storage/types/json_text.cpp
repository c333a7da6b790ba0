#include "storage/types/json_text.hpp"

#include "storage/types/json_lexer.hpp"
#include "storage/types/numeric_text.hpp"

namespace historyd::types {

namespace {

enum class reading : std::uint8_t { check, as_written, as_jsonb };

// Recursive descent over the tokens; builds nodes unless it only checks.
class json_parser {
public:
    json_parser(std::string_view text, reading mode)
        : mode_(mode), lexer_(text, mode != reading::check) {}

    result<void> parse(json_node& root) {
        if (auto r = lexer_.advance(); !r) return r;
        if (auto r = parse_value(root, 0); !r) return r;
        if (lexer_.current() != json_token::end) return lexer_.unexpected("end of input");
        return {};
    }

private:
    bool builds() const { return mode_ != reading::check; }

    result<void> parse_value(json_node& node, std::size_t depth) {
        if (depth > json_depth_max) {
            return sql_error(sqlstate::statement_too_complex, "stack depth limit exceeded")
                .with_hint("JSON values may be nested " + std::to_string(json_depth_max) +
                           " levels deep.");
        }
        switch (lexer_.current()) {
            case json_token::object_begin:
                return parse_object(node, depth);
            case json_token::array_begin:
                return parse_array(node, depth);
            case json_token::string:
                node.kind = json_kind::string;
                node.text = std::move(lexer_.string_value());
                break;
            case json_token::number:
                node.kind = json_kind::number;
                if (auto r = take_number(node); !r) return r;
                break;
            case json_token::true_:
            case json_token::false_:
                node.kind = json_kind::boolean;
                node.boolean = lexer_.current() == json_token::true_;
                break;
            case json_token::null:
                node.kind = json_kind::null;
                break;
            default:
                return lexer_.unexpected("JSON value");
        }
        return lexer_.advance();
    }

    result<void> take_number(json_node& node) {
        if (mode_ == reading::as_written) node.text = lexer_.token();
        if (mode_ != reading::as_jsonb) return {};
        auto canonical = canonical_numeric(lexer_.token());
        if (!canonical) return canonical.error();
        node.text = std::move(*canonical);
        return {};
    }

    result<void> parse_array(json_node& node, std::size_t depth) {
        node.kind = json_kind::array;
        if (auto r = lexer_.advance(); !r) return r;
        if (lexer_.current() == json_token::array_end) return lexer_.advance();
        for (;;) {
            json_node item;
            if (auto r = parse_value(item, depth + 1); !r) return r;
            if (builds()) node.items.push_back(std::move(item));
            if (lexer_.current() == json_token::array_end) return lexer_.advance();
            if (lexer_.current() != json_token::comma) return lexer_.unexpected("\",\" or \"]\"");
            if (auto r = lexer_.advance(); !r) return r;
        }
    }

    result<void> parse_object(json_node& node, std::size_t depth) {
        node.kind = json_kind::object;
        if (auto r = lexer_.advance(); !r) return r;
        if (lexer_.current() == json_token::object_end) return lexer_.advance();
        std::string_view expected = "string or \"}\"";
        for (;;) {
            if (lexer_.current() != json_token::string) return lexer_.unexpected(expected);
            expected = "string";
            std::string key = std::move(lexer_.string_value());
            if (auto r = lexer_.advance(); !r) return r;
            if (lexer_.current() != json_token::colon) return lexer_.unexpected("\":\"");
            if (auto r = lexer_.advance(); !r) return r;
            json_node member;
            if (auto r = parse_value(member, depth + 1); !r) return r;
            if (builds()) node.members.emplace_back(std::move(key), std::move(member));
            if (lexer_.current() == json_token::object_end) return lexer_.advance();
            if (lexer_.current() != json_token::comma) return lexer_.unexpected("\",\" or \"}\"");
            if (auto r = lexer_.advance(); !r) return r;
        }
    }

    const reading mode_;
    json_lexer lexer_;
};

result<json_node> parse_as(std::string_view text, reading mode) {
    json_node root;
    if (auto r = json_parser(text, mode).parse(root); !r) return r.error();
    return root;
}

}  // namespace

const json_node* json_node::find(std::string_view key) const {
    for (auto m = members.rbegin(); m != members.rend(); ++m) {
        if (m->first == key) return &m->second;
    }
    return nullptr;
}

result<void> check_json(std::string_view text) {
    json_node ignored;
    return json_parser(text, reading::check).parse(ignored);
}

result<json_node> parse_json(std::string_view text) { return parse_as(text, reading::as_written); }

result<json_node> parse_jsonb(std::string_view text) {
    auto node = parse_as(text, reading::as_jsonb);
    if (node) sort_members(*node);
    return node;
}

result<std::string> normalise_jsonb(std::string_view text) {
    const auto node = parse_jsonb(text);
    if (!node) return node.error();
    std::string out;
    out.reserve(text.size());
    print_jsonb(*node, out);
    return out;
}

}  // namespace historyd::types
