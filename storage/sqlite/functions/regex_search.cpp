#include "storage/sqlite/functions/regex_search.hpp"

#include "storage/sqlite/functions/code_points.hpp"
#include "storage/types/array_text.hpp"
#include "storage/types/utf8.hpp"

namespace historyd::sqlite {

result<prepared_regex> prepare_regex(const function_call& c, int pattern, int flags) {
    regex_flags parsed;
    if (c.count() > flags) {
        auto letters = parse_regex_flags(c.text(flags));
        if (!letters) return letters.error();
        parsed = *letters;
    }
    auto expression = regex::compile(c.text(pattern), parsed);
    if (!expression) return expression.error();
    return prepared_regex{std::move(*expression), parsed.global};
}

sql_error global_not_supported(const char* name) {
    return {sqlstate::invalid_parameter_value,
            std::string(name) + "() does not support the \"global\" option"};
}

sql_error invalid_parameter(const char* name, std::int64_t v) {
    return {sqlstate::invalid_parameter_value,
            std::string("invalid value for parameter \"") + name + "\": " + std::to_string(v)};
}

result<regex::match_spans> regex_matches::next() {
    if (at_end_ || at_ > text_.size()) return regex::match_spans();
    auto found = expression_->search(text_, at_);
    if (!found || found->empty()) {
        at_end_ = true;
        return found;
    }
    const auto& whole = *found->front();
    at_ = whole.end;
    if (whole.end == whole.begin) {
        if (at_ == text_.size()) {
            at_end_ = true;
        } else {
            at_ += character_bytes(text_, at_);
        }
    }
    return found;
}

result<std::optional<std::size_t>> start_offset(const function_call& c, int i,
                                                std::string_view text) {
    if (c.count() <= i) return std::optional<std::size_t>(0);
    const auto start = c.integer(i);
    if (start < 1) return invalid_parameter("start", start);
    const auto skipped = static_cast<std::size_t>(start - 1);
    if (skipped > types::count_characters(text)) return std::optional<std::size_t>();
    return std::optional<std::size_t>(types::prefix_bytes(text, skipped));
}

value groups_array(const regex::match_spans& spans, std::string_view text) {
    std::vector<std::optional<std::string>> elements;
    for (std::size_t i = spans.size() > 1 ? 1 : 0; i < spans.size(); ++i) {
        elements.push_back(spans[i] ? std::optional<std::string>(spans[i]->in(text))
                                    : std::nullopt);
    }
    return types::array_to_text(types::one_dimensional(std::move(elements)));
}

result<std::vector<std::string>> split_by_regex(const function_call& c, const char* name) {
    const auto prepared = prepare_regex(c, 1, 2);
    if (!prepared) return prepared.error();
    if (prepared->global) return global_not_supported(name);
    const auto text = c.text(0);
    regex_matches matches(prepared->expression, text, 0);
    std::vector<std::string> pieces;
    std::size_t piece_start = 0;
    for (;;) {
        const auto found = matches.next();
        if (!found) return found.error();
        if (found->empty()) break;
        const auto& match = *found->front();
        const bool is_empty = match.begin == match.end;
        if (is_empty && (match.begin == piece_start || match.begin >= text.size())) continue;
        pieces.emplace_back(text.substr(piece_start, match.begin - piece_start));
        piece_start = match.end;
    }
    pieces.emplace_back(text.substr(piece_start));
    return pieces;
}

}  // namespace historyd::sqlite
