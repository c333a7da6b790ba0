#include "storage/sqlite/functions/regex_syntax.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <optional>
#include <utility>

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/sqlite/functions/regex_bracket.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::sqlite {
namespace {

constexpr int repetitions_max = 255;
// Deeper patterns would exhaust the stack here or in PCRE2.
constexpr int group_depth_max = 200;

// Greedy or not: nullopt when nothing in the expression has a preference.
using preference = std::optional<match_length>;

struct quantifier {
    std::string text;  // as PCRE2 writes it, without the mark for laziness
    bool lazy = false;
    bool fixed = false;  // {m}: no preference of its own
    bool exactly_once = false;
};

class translator {
public:
    translator(std::string_view pattern, const regex_flags& flags)
        : rest_(pattern), flags_(flags) {}

    result<pcre_pattern> run() {
        auto wanted = alternatives(false, 0);
        if (!wanted) return wanted.error();
        if (!rest_.empty()) return regex_error("parentheses () not balanced");
        is_ambiguous_ = is_ambiguous_ && captures_ > 0;
        if (is_ambiguous_) out_ = "(?:" + out_ + ")(?C1)";
        return pcre_pattern{.text = std::move(out_),
                            .groups = std::move(groups_),
                            .is_ambiguous = is_ambiguous_,
                            .wanted = wanted->value_or(match_length::longest)};
    }

private:
    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    // A whole expression or the inside of a group. `lazy`: every quantifier in it has to be.
    result<preference> alternatives(bool lazy, int depth) {
        if (depth > group_depth_max) return regex_error("regular expression is too complex");
        bool several = false;
        preference first;
        for (;;) {
            auto wanted = branch(lazy, depth);
            if (!wanted) return wanted;
            if (!several) first = *wanted;
            if (!take("|")) break;
            several = true;
            is_ambiguous_ = is_ambiguous_ || depth > 0;
            out_ += '|';
        }
        return several ? preference(match_length::longest) : first;
    }

    result<preference> branch(bool lazy, int depth) {
        preference wanted;
        const auto outer_run = std::exchange(run_, preference());
        while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
            const auto groups_before = groups_.size();
            auto of_piece = piece(lazy, depth);
            if (!of_piece) return of_piece;
            if (!wanted) wanted = *of_piece;
            if (groups_.size() != groups_before) {
                run_.reset();
            } else if (!run_) {
                run_ = *of_piece;
            }
        }
        run_ = outer_run;
        return wanted;
    }

    result<preference> piece(bool lazy, int depth) {
        skip_comments();
        if (rest_.empty() || rest_.front() == '|' || rest_.front() == ')') return preference();
        const auto start = rest_;
        const auto start_out = out_.size();
        const auto start_groups = groups_.size();
        const int start_captures = captures_;
        quantifiable_ = true;
        auto inside = atom(lazy, depth);
        if (!inside) return inside;
        skip_comments();
        auto repeat = take_quantifier();
        if (!repeat) return repeat.error();
        if (!*repeat) return inside;
        if (!quantifiable_) return regex_error("quantifier operand invalid");
        if ((*repeat)->lazy && (*repeat)->exactly_once && !lazy) {
            // {1,1}? wants as little as possible of what it repeats, which PCRE2 has no word for:
            // the atom is translated again with lazy quantifiers.
            const auto after = rest_;
            rest_ = start;
            out_.resize(start_out);
            groups_.resize(start_groups);
            captures_ = start_captures;
            inside = atom(true, depth);
            if (!inside) return inside;
            rest_ = after;
        }
        for (auto at = start_groups; at < groups_.size(); ++at) {
            groups_[at].repeated = groups_[at].repeated || !(*repeat)->exactly_once;
            is_ambiguous_ = true;
        }
        out_ += (*repeat)->text;
        if (((*repeat)->lazy || lazy) && !(*repeat)->fixed) out_ += '?';
        if ((*repeat)->fixed) return inside;
        return preference((*repeat)->lazy ? match_length::shortest : match_length::longest);
    }

    void skip_comments() {
        for (;;) {
            if (rest_.starts_with("(?#")) {
                const auto end = rest_.find(')');
                rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            } else if (flags_.expanded && !rest_.empty() && is_blank(rest_.front())) {
                rest_.remove_prefix(1);
            } else if (flags_.expanded && rest_.starts_with('#')) {
                const auto end = rest_.find('\n');
                rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            } else {
                return;
            }
        }
    }

    static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
    }

    result<std::optional<quantifier>> take_quantifier() {
        quantifier q;
        if (take("*")) {
            q.text = "*";
        } else if (take("+")) {
            q.text = "+";
        } else if (take("?")) {
            q.text = "?";
        } else if (rest_.size() > 1 && rest_[0] == '{' && types::is_digit(rest_[1])) {
            if (auto ok = bound(q); !ok) return ok.error();
        } else {
            return std::optional<quantifier>();
        }
        q.lazy = take("?");
        skip_comments();
        if (!rest_.empty() &&
            (rest_[0] == '*' || rest_[0] == '+' || rest_[0] == '?' ||
             (rest_.size() > 1 && rest_[0] == '{' && types::is_digit(rest_[1])))) {
            return regex_error("quantifier operand invalid");
        }
        return std::optional<quantifier>(std::move(q));
    }

    result<void> bound(quantifier& q) {
        take("{");
        const auto low = number();
        std::optional<int> high = low;
        if (take(",")) high = !rest_.empty() && types::is_digit(rest_[0]) ? number() : std::nullopt;
        if (!take("}")) return regex_error("braces {} not balanced");
        if (*low > repetitions_max || (high && (*high > repetitions_max || *high < *low))) {
            return regex_error("invalid repetition count(s)");
        }
        q.text = "{" + std::to_string(*low);
        if (high != low) q.text += "," + (high ? std::to_string(*high) : std::string());
        q.text += '}';
        q.fixed = high == low;
        q.exactly_once = q.fixed && *low == 1;
        return {};
    }

    std::optional<int> number() {
        int n = 0;
        while (!rest_.empty() && types::is_digit(rest_.front())) {
            if (n <= repetitions_max) n = n * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return n;
    }

    result<preference> atom(bool lazy, int depth) {
        const char ch = rest_.front();
        if (ch == '(') return group(lazy, depth);
        if (ch == '*' || ch == '+' || ch == '?' ||
            (ch == '{' && rest_.size() > 1 && types::is_digit(rest_[1]))) {
            return regex_error("quantifier operand invalid");
        }
        if (ch == '[') {
            if (take("[[:<:]]")) {
                out_ += "\\b(?=\\w)";
                quantifiable_ = false;
                return preference();
            }
            if (take("[[:>:]]")) {
                out_ += "\\b(?<=\\w)";
                quantifiable_ = false;
                return preference();
            }
            if (auto ok = translate_bracket(rest_, flags_, out_); !ok) return ok.error();
            return preference();
        }
        if (ch == '\\') {
            if (auto ok = escape(); !ok) return ok.error();
            return preference();
        }
        if (ch == '^' || ch == '$') quantifiable_ = false;
        if (ch == '.' || ch == '^' || ch == '$') {
            out_ += ch;
            rest_.remove_prefix(1);
            return preference();
        }
        const auto bytes = character_bytes(rest_, 0);
        append_literal(rest_.substr(0, bytes), out_);
        rest_.remove_prefix(bytes);
        return preference();
    }

    result<preference> group(bool lazy, int depth) {
        if (rest_.starts_with("(?=") || rest_.starts_with("(?!")) {
            return look_around(3, lazy, depth);
        }
        if (rest_.starts_with("(?<=") || rest_.starts_with("(?<!")) {
            return look_around(4, lazy, depth);
        }
        regex_group made;
        made.before = run_.value_or(match_length::longest);
        if (!take("(?:")) {
            if (rest_.starts_with("(?")) return regex_error("invalid embedded option");
            take("(");
            made.captures = !in_look_around_;
        }
        out_ += '(';
        const auto index = groups_.size();
        groups_.push_back(made);
        if (made.captures) ++captures_;
        auto wanted = alternatives(lazy, depth + 1);
        if (!wanted) return wanted;
        if (!take(")")) return regex_error("parentheses () not balanced");
        out_ += ')';
        groups_[index].inside = wanted->value_or(match_length::longest);
        quantifiable_ = true;
        return wanted;
    }

    // Parentheses inside do not capture.
    result<preference> look_around(std::size_t opening, bool lazy, int depth) {
        out_ += rest_.substr(0, opening);
        rest_.remove_prefix(opening);
        const bool outer = std::exchange(in_look_around_, true);
        const auto inside = alternatives(lazy, depth + 1);
        in_look_around_ = outer;
        if (!inside) return inside;
        if (!take(")")) return regex_error("parentheses () not balanced");
        out_ += ')';
        quantifiable_ = false;
        return preference();
    }

    result<void> escape() {
        if (rest_.size() < 2) return regex_error("invalid escape \\ sequence");
        const char ch = rest_[1];
        const auto constraint = [&](std::string_view text) -> result<void> {
            out_ += text;
            rest_.remove_prefix(2);
            quantifiable_ = false;
            return {};
        };
        switch (ch) {
            case 'm':
                return constraint("\\b(?=\\w)");
            case 'M':
                return constraint("\\b(?<=\\w)");
            case 'y':
                return constraint("\\b");
            case 'Y':
                return constraint("\\B");
            case 'A':
                return constraint("\\A");
            case 'Z':
                return constraint("\\z");
            default:
                break;
        }
        if (const auto shorthand = class_shorthand(ch); !shorthand.empty()) {
            out_ += '[';
            out_ += shorthand;
            out_ += ']';
            rest_.remove_prefix(2);
            return {};
        }
        if (ch >= '1' && ch <= '9') return back_reference();
        auto code = character_escape(rest_);
        if (!code) return code.error();
        append_code(*code, out_);
        return {};
    }

    result<void> back_reference() {
        rest_.remove_prefix(1);
        int n = rest_.front() - '0';
        rest_.remove_prefix(1);
        while (!rest_.empty() && types::is_digit(rest_.front()) &&
               n * 10 + (rest_.front() - '0') <= captures_) {
            n = n * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (n > captures_) return regex_error("invalid backreference number");
        std::size_t index = 0;
        for (int seen = 0; seen < n; ++index) seen += groups_[index].captures ? 1 : 0;
        out_ += "\\g{" + std::to_string(index) + "}";
        return {};
    }

    std::string_view rest_;
    const regex_flags& flags_;
    std::string out_;
    std::vector<regex_group> groups_;
    int captures_ = 0;
    preference run_;  // of what came since the last group of this branch
    bool is_ambiguous_ = false, in_look_around_ = false;
    bool quantifiable_ = true;
};

// One letter of flags. Returns: false when there is no such letter.
bool apply_flag(char letter, regex_flags& flags) {
    switch (letter) {
        case 'g':
            flags.global = true;
            return true;
        case 'i':
            flags.ignore_case = true;
            return true;
        case 'c':
            flags.ignore_case = false;
            return true;
        case 'x':
            flags.expanded = true;
            return true;
        case 't':
            flags.expanded = false;
            return true;
        case 'q':
            flags.literal = true;
            return true;
        case 'e':
            flags.literal = false;
            return true;
        case 'b':
            flags.literal = false;
            return true;
        case 'm':
        case 'n':
            flags.dot_stops_at_newline = flags.anchors_match_at_newline = true;
            return true;
        case 'p':
            flags.dot_stops_at_newline = true;
            flags.anchors_match_at_newline = false;
            return true;
        case 's':
            flags.dot_stops_at_newline = flags.anchors_match_at_newline = false;
            return true;
        case 'w':
            flags.dot_stops_at_newline = false;
            flags.anchors_match_at_newline = true;
            return true;
        default:
            return false;
    }
}

// "***:", "***=" and "(?letters)" at the start of a pattern.
result<void> take_director(std::string_view& pattern, regex_flags& flags) {
    if (pattern.starts_with("***=")) {
        pattern.remove_prefix(4);
        flags.literal = true;
        return {};
    }
    if (pattern.starts_with("***:")) {
        pattern.remove_prefix(4);
    } else if (pattern.starts_with("***")) {
        return regex_error("quantifier operand invalid");
    }
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (!pattern.starts_with("(?") || pattern.size() < 3 || !is_letter(pattern[2])) return {};
    const auto end = pattern.find(')');
    if (end == std::string_view::npos) return regex_error("parentheses () not balanced");
    for (const char letter : pattern.substr(2, end - 2)) {
        if (letter == 'g' || !apply_flag(letter, flags)) {
            return regex_error("invalid embedded option");
        }
    }
    pattern.remove_prefix(end + 1);
    return {};
}

}  // namespace

result<regex_flags> parse_regex_flags(std::string_view letters) {
    regex_flags flags;
    for (std::size_t at = 0; at < letters.size();) {
        const auto bytes = character_bytes(letters, at);
        if (!apply_flag(letters[at], flags)) {
            return sql_error(sqlstate::invalid_parameter_value,
                             "invalid regular expression option: \"" +
                                 std::string(letters.substr(at, bytes)) + "\"");
        }
        at += bytes;
    }
    return flags;
}

result<pcre_pattern> translate_regex(std::string_view pattern, regex_flags flags) {
    if (!flags.literal) {
        if (auto ok = take_director(pattern, flags); !ok) return ok.error();
    }
    pcre_pattern out;
    if (flags.literal) {
        for (std::size_t at = 0; at < pattern.size();) {
            const auto bytes = character_bytes(pattern, at);
            append_literal(pattern.substr(at, bytes), out.text);
            at += bytes;
        }
    } else {
        auto translated = translator(pattern, flags).run();
        if (!translated) return translated.error();
        out = std::move(*translated);
    }
    out.options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    // A quantifier made possessive would give the matcher that looks for the shortest match no
    // choice.
    out.options |= PCRE2_NO_AUTO_POSSESS;
    if (flags.ignore_case) out.options |= PCRE2_CASELESS;
    if (!flags.dot_stops_at_newline) out.options |= PCRE2_DOTALL;
    if (flags.anchors_match_at_newline) out.options |= PCRE2_MULTILINE;
    return out;
}

}  // namespace historyd::sqlite
