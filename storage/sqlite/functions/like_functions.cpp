#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/families.hpp"
#include "storage/sqlite/functions/letter_case.hpp"

// LIKE, ILIKE and SIMILAR TO's patterns.

namespace historyd::sqlite {
namespace {

sql_error dangling_escape() {
    return {sqlstate::invalid_escape_sequence, "LIKE pattern must not end with escape character"};
}

enum class match : std::uint8_t {
    no,
    yes,
    text_exhausted  // no, and no later start can match either
};

// Bytes or UTF-8 text against a pattern: % any run, _ one character, \ takes the next one
// literally.
class like_matcher {
public:
    explicit like_matcher(bool is_text) : is_text_(is_text) {}

    result<match> run(std::string_view text, std::string_view pattern) const {
        while (!pattern.empty()) {
            const char p = pattern.front();
            if (p == '%') return after_any_run(text, pattern);
            if (text.empty()) return match::text_exhausted;
            if (p == '\\') {
                if (pattern.size() == 1) return dangling_escape();
                pattern.remove_prefix(1);
            }
            if (p == '_') {
                text.remove_prefix(one_character(text));
            } else {
                if (text.front() != pattern.front()) return match::no;
                text.remove_prefix(1);
            }
            pattern.remove_prefix(1);
        }
        return text.empty() ? match::yes : match::no;
    }

private:
    std::size_t one_character(std::string_view text) const {
        return is_text_ ? character_bytes(text, 0) : 1;
    }

    // Each % is tried at every place once: a later % that fails for want of text ends the search,
    // so the time is at most the product of the lengths for each literal run.
    result<match> after_any_run(std::string_view text, std::string_view pattern) const {
        while (!pattern.empty() && (pattern.front() == '%' || pattern.front() == '_')) {
            if (pattern.front() == '_') {
                if (text.empty()) return match::text_exhausted;
                text.remove_prefix(one_character(text));
            }
            pattern.remove_prefix(1);
        }
        if (pattern.empty()) return match::yes;
        if (pattern == "\\") return dangling_escape();
        const char first = pattern.front() == '\\' ? pattern[1] : pattern.front();
        while (!text.empty()) {
            if (text.front() == first) {
                const auto found = run(text, pattern);
                if (!found || *found != match::no) return found;
            }
            text.remove_prefix(one_character(text));
        }
        return match::text_exhausted;
    }

    bool is_text_;
};

result<value> like(const function_call& c) {
    const auto found = like_matcher(!c.is_blob(0)).run(c.text(0), c.text(1));
    if (!found) return found.error();
    return bool_value(*found == match::yes);
}

result<value> ilike(const function_call& c) {
    const auto found = like_matcher(true).run(lower_text(c.text(0)), lower_text(c.text(1)));
    if (!found) return found.error();
    return bool_value(*found == match::yes);
}

sql_error invalid_escape() {
    return sql_error(sqlstate::invalid_escape_sequence, "invalid escape string")
        .with_hint("Escape string must be empty or one character.");
}

// A pattern with another escape character than the backslash, written with the backslash.
result<value> like_escape(const function_call& c) {
    const auto pattern = c.text(0), escape = c.text(1);
    std::string out;
    if (!escape.empty() && character_bytes(escape, 0) != escape.size()) return invalid_escape();
    for (std::size_t at = 0; at < pattern.size();) {
        if (!escape.empty() && escape != "\\" && pattern.substr(at).starts_with(escape)) {
            out += '\\';
            at += escape.size();
            if (at < pattern.size()) {
                const auto bytes = character_bytes(pattern, at);
                out += pattern.substr(at, bytes);
                at += bytes;
            }
            continue;
        }
        if (pattern[at] == '\\' && escape != "\\") {
            out += '\\';
        } else if (pattern[at] == '\\' && at + 1 < pattern.size()) {
            out += pattern[at++];
        }
        out += pattern[at++];
    }
    if (c.is_blob(0)) return value(blob{std::move(out)});
    return value(std::move(out));
}

// SIMILAR TO's pattern as a regular expression.
class similar_pattern {
public:
    similar_pattern(std::string_view pattern, std::string_view escape)
        : pattern_(pattern), escape_(escape) {}

    result<value> run() {
        out_ = "^(?:";
        for (std::size_t at = 0; at < pattern_.size();) {
            const auto character = pattern_.substr(at, character_bytes(pattern_, at));
            at += character.size();
            if (!escape_.empty() && character == escape_ && !after_escape_) {
                after_escape_ = true;
            } else if (after_escape_) {
                after_escape_ = false;
                if (auto ok = escaped(character); !ok) return ok.error();
            } else {
                plain(character);
            }
        }
        out_ += ")$";
        return value(std::move(out_));
    }

private:
    // An escaped double quote separates the parts of SUBSTRING ... SIMILAR.
    result<void> escaped(std::string_view character) {
        if (character == "\"" && !in_bracket_) {
            if (separators_ == 2) {
                return sql_error("2200C",
                                 "SQL regular expression may not contain more than two "
                                 "escape-double-quote separators");
            }
            out_ += separators_++ == 0 ? "){1,1}?(" : "){1,1}(?:";
            return {};
        }
        out_ += '\\';
        out_ += character;
        return {};
    }

    void plain(std::string_view character) {
        const char ch = character.front();
        if (in_bracket_) {
            if (ch == '\\') out_ += '\\';
            if (ch == ']') in_bracket_ = false;
            out_ += character;
        } else if (ch == '%') {
            out_ += ".*";
        } else if (ch == '_') {
            out_ += '.';
        } else if (ch == '(') {
            out_ += "(?:";
        } else {
            if (ch == '\\' || ch == '.' || ch == '^' || ch == '$') out_ += '\\';
            if (ch == '[') in_bracket_ = true;
            out_ += character;
        }
    }

    std::string_view pattern_, escape_;
    bool after_escape_ = false, in_bracket_ = false;
    int separators_ = 0;
    std::string out_;
};

result<value> similar_escape(const function_call& c) {
    if (c.is_null(0)) return value();
    const auto escape = c.is_null(1) ? std::string_view("\\") : c.text(1);
    if (!escape.empty() && character_bytes(escape, 0) != escape.size()) return invalid_escape();
    return similar_pattern(c.text(0), escape).run();
}

}  // namespace

std::span<const scalar_function> like_functions() {
    static constexpr scalar_function functions[] = {
        strict<like>("pg_like", 2),
        strict<ilike>("pg_ilike", 2),
        strict<like_escape>("pg_like_escape", 2),
        nullable<similar_escape>("pg_similar_escape", 2),
        strict<similar_escape>("pg_similar_to_escape", 2),
    };
    return functions;
}

}  // namespace historyd::sqlite
