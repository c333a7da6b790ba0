#include "storage/sql/literals.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::sql {

namespace {

constexpr char text_mark = '\x01', number_mark = '\x02';
constexpr std::size_t number_digits_max = 9;  // an int4, whatever the digits

bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool continues_word(char c) { return starts_word(c) || types::is_digit(c) || c == '$'; }

class scanner {
public:
    explicit scanner(std::string_view query) : query_(query) { shape_.key.reserve(query.size()); }

    std::optional<query_shape> run() {
        while (at_ < query_.size()) {
            if (!step()) return std::nullopt;
        }
        if (shape_.literals.empty()) return std::nullopt;
        return std::move(shape_);
    }

private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0';
    }
    void keep_until(std::size_t end) {
        shape_.key.append(query_.substr(at_, end - at_));
        at_ = end;
    }

    void add(literal found) {
        // One of mem0's rows has ten; BEGIN and COMMIT have none.
        if (shape_.literals.empty()) shape_.literals.reserve(16);
        shape_.literals.push_back(std::move(found));
    }

    bool step() {
        const char c = peek();
        if (c == '\'') return text();
        if (c == '"') return quoted_name();
        if (types::is_digit(c) || (c == '.' && types::is_digit(peek(1)))) return number();
        if (starts_word(c)) {
            auto end = at_;
            while (end < query_.size() && continues_word(query_[end])) ++end;
            keep_until(end);
            return peek() != '\'';  // E'', U&'' has its & in between, N'', B'', X''
        }
        if (c == '\0' || c == text_mark || c == number_mark || c == '$' || c == '\\') return false;
        if ((c == '-' && peek(1) == '-') || (c == '/' && peek(1) == '*')) return false;
        if (c == '&' && (peek(1) == '\'' || peek(1) == '"')) return false;
        if (c == ';') return ends();
        keep_until(at_ + 1);
        return true;
    }

    bool text() {
        literal found{.begin = at_, .end = 0, .is_text = true, .text = {}};
        for (++at_;; ++at_) {
            const auto quote = query_.find('\'', at_);
            if (quote == std::string_view::npos) return false;
            found.text.append(query_.substr(at_, quote - at_));
            at_ = quote + 1;
            if (peek() != '\'') break;
            found.text.push_back('\'');
        }
        found.end = at_;
        // 'a' and, on a later line, 'b' are one constant.
        auto next = at_;
        while (next < query_.size() && types::is_blank(query_[next])) ++next;
        if (next < query_.size() && query_[next] == '\'') return false;
        shape_.key.push_back(text_mark);
        add(std::move(found));
        return true;
    }

    bool quoted_name() {
        const auto quote = query_.find('"', at_ + 1);
        if (quote == std::string_view::npos) return false;
        keep_until(quote + 1);  // a doubled quote begins another one: the same bytes
        return true;
    }

    bool number() {
        auto end = at_;
        while (end < query_.size() && types::is_digit(query_[end])) ++end;
        const char next = end < query_.size() ? query_[end] : '\0';
        if (end == at_ || end - at_ > number_digits_max || next == '.' || continues_word(next)) {
            // Fractions and the like stay in the key; what follows them is no number of its own.
            while (end < query_.size() && (continues_word(query_[end]) || query_[end] == '.'))
                ++end;
            keep_until(end);
            return true;
        }
        add({.begin = at_,
             .end = end,
             .is_text = false,
             .text = std::string(query_.substr(at_, end - at_))});
        shape_.key.push_back(number_mark);
        at_ = end;
        return true;
    }

    bool ends() {
        for (const char c : query_.substr(at_ + 1)) {
            if (!types::is_blank(c) && c != ';') return false;
        }
        keep_until(query_.size());
        return true;
    }

    std::string_view query_;
    std::size_t at_ = 0;
    query_shape shape_;
};

}  // namespace

std::optional<query_shape> find_shape(std::string_view query) { return scanner(query).run(); }

}  // namespace historyd::sql
