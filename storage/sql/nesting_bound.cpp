#include "storage/sql/nesting_bound.hpp"

#include <pg_query/pg_query.pb-c.h>

#include <algorithm>
#include <vector>

namespace historyd::sql {

namespace {

bool is_name_byte(char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' ||
           u >= 0x80;
}

// PostgreSQL documentation, section 4.1 "Lexical Structure".
class lexeme_cursor {
public:
    explicit lexeme_cursor(std::string_view text) : text_(text) {}

    // The first byte of the next lexeme, or '\0' at the end of the text.
    char next() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == ' ' || (c >= '\t' && c <= '\r')) {
                ++at_;
            } else if (starts_with("--")) {
                at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
            } else if (starts_with("/*")) {
                skip_comment();
            } else {
                skip_lexeme(c);
                return c;
            }
        }
        return '\0';
    }

private:
    bool starts_with(std::string_view s) const { return text_.substr(at_, s.size()) == s; }

    void skip_comment() {
        std::size_t open = 0;
        while (at_ < text_.size()) {
            if (starts_with("/*")) {
                ++open;
                at_ += 2;
            } else if (starts_with("*/")) {
                at_ += 2;
                if (--open == 0) return;
            } else {
                ++at_;
            }
        }
    }

    void skip_quoted(char quote, bool backslashes) {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\' && backslashes) {
                ++at_;
            } else if (text_[at_] == quote) {
                if (at_ + 1 >= text_.size() || text_[at_ + 1] != quote) break;
                ++at_;
            }
        }
        at_ = std::min(at_ + 1, text_.size());
    }

    void skip_dollar() {
        std::size_t end = at_ + 1;
        while (end < text_.size() && is_name_byte(text_[end])) ++end;
        const bool opens = end < text_.size() && text_[end] == '$' &&
                           !(text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9');
        if (!opens) {
            at_ = end;
            return;
        }
        const auto tag = text_.substr(at_, end + 1 - at_);
        const auto close = text_.find(tag, end + 1);
        at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
    }

    void skip_lexeme(char c) {
        if (c == '\'' || c == '"') return skip_quoted(c, false);
        if (c == '$') return skip_dollar();
        if (!is_name_byte(c)) {
            ++at_;
            return;
        }
        if ((c == 'e' || c == 'E') && at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
            ++at_;
            return skip_quoted('\'', true);
        }
        while (at_ < text_.size() && (is_name_byte(text_[at_]) || text_[at_] == '$')) ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::size_t nesting_bound(std::string_view query) {
    std::vector<std::size_t> saved;  // lexemes since the last comma, per open parenthesis
    std::size_t path = 0, level = 0, deepest = 0;
    lexeme_cursor cursor(query);
    while (const char c = cursor.next()) {
        if (c == '(' || c == '[') {
            saved.push_back(level + 1);
            path += 1;
            level = 0;
        } else if ((c == ')' || c == ']') && !saved.empty()) {
            path -= level;
            level = saved.back();
            saved.pop_back();
        } else if (c == ',' || (c == ';' && saved.empty())) {
            path -= level;
            level = 0;
        } else {
            ++level;
            ++path;
        }
        deepest = std::max(deepest, path);
    }
    return deepest;
}

namespace {

// Varints and tags of the protobuf encoding; a malformed one ends the walk.
struct packed_cursor {
    const std::uint8_t *at, *end;

    std::uint64_t varint() {
        std::uint64_t v = 0;
        for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
            const auto byte = *at++;
            v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) return v;
        }
        return v;
    }
    void skip(std::uint64_t bytes) {
        at = bytes > static_cast<std::uint64_t>(end - at) ? end : at + bytes;
    }
};

struct open_message {
    const ProtobufCMessageDescriptor* descriptor;
    const std::uint8_t* end;
};

}  // namespace

std::size_t message_depth(std::span<const std::uint8_t> packed, std::size_t limit) {
    std::vector<open_message> open{
        {&pg_query__parse_result__descriptor, packed.data() + packed.size()}};
    packed_cursor cursor{packed.data(), packed.data() + packed.size()};
    std::size_t deepest = 1;
    while (!open.empty()) {
        if (cursor.at >= open.back().end) {
            open.pop_back();
            continue;
        }
        const auto tag = cursor.varint();
        switch (tag & 7) {
            case 0:
                cursor.varint();
                break;
            case 1:
                cursor.skip(8);
                break;
            case 5:
                cursor.skip(4);
                break;
            case 2: {
                const auto length = cursor.varint();
                const auto* field = protobuf_c_message_descriptor_get_field(
                    open.back().descriptor, static_cast<unsigned>(tag >> 3));
                if (field == nullptr || field->type != PROTOBUF_C_TYPE_MESSAGE) {
                    cursor.skip(length);
                    break;
                }
                auto inner = cursor;
                inner.skip(length);
                open.push_back(
                    {static_cast<const ProtobufCMessageDescriptor*>(field->descriptor), inner.at});
                deepest = std::max(deepest, open.size());
                if (deepest > limit) return deepest;
                break;
            }
            default:
                return deepest;
        }
    }
    return deepest;
}

}  // namespace historyd::sql
