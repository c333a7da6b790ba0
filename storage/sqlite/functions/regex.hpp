#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/sqlite/functions/regex_syntax.hpp"

struct pcre2_real_code_8;

namespace historyd::sqlite {

// A compiled regular expression, used on the thread that compiled it.
class regex {
public:
    // From the thread's cache when it is there. Errors: 2201B.
    static result<std::shared_ptr<const regex>> compile(std::string_view pattern,
                                                        const regex_flags& flags);

    struct span {
        std::size_t begin = 0, end = 0;
        std::string_view in(std::string_view text) const { return text.substr(begin, end - begin); }
    };
    // The whole match, then each pair of parentheses; nullopt for those that took no part.
    using match_spans = std::vector<std::optional<span>>;

    // The first match at or after byte `from`. Returns: empty when there is none.
    // Errors: 54000 when the search takes too many steps.
    result<match_spans> search(std::string_view text, std::size_t from) const;
    // Whether there is a match at all.
    result<bool> matches(std::string_view text) const;

    int group_count() const { return group_count_; }

private:
    struct code_deleter {
        void operator()(pcre2_real_code_8* code) const;
    };

    result<match_spans> run(std::string_view text, std::size_t from, std::uint32_t options) const;
    match_spans captured(const match_spans& all) const;
    bool is_preferred(const match_spans& a, const match_spans& b) const;
    match_spans best_groups(std::string_view text, std::size_t from) const;
    result<std::optional<span>> whole_match(std::string_view text, std::size_t from) const;

    std::unique_ptr<pcre2_real_code_8, code_deleter> code_;
    match_length wanted_ = match_length::longest;
    std::vector<regex_group> groups_;
    bool is_ambiguous_ = false;
    int group_count_ = 0;
    bool has_back_references_ = false;
};

}  // namespace historyd::sqlite
