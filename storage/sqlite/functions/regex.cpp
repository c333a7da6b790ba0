#include "storage/sqlite/functions/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <list>
#include <string>

#include "storage/sqlite/functions/regex_bracket.hpp"

namespace historyd::sqlite {
namespace {

// A pattern from a client must not hold a thread: some seconds of steps at most.
constexpr std::uint32_t match_steps_max = 10'000'000;
constexpr std::uint32_t match_depth_max = 250'000;
constexpr std::uint32_t match_heap_kib_max = 65'536;
constexpr std::uint32_t best_groups_steps_max = 100'000;
constexpr std::size_t cached_max = 64;

struct match_data_deleter {
    void operator()(pcre2_match_data* d) const { pcre2_match_data_free(d); }
};
struct match_context_deleter {
    void operator()(pcre2_match_context* c) const { pcre2_match_context_free(c); }
};

pcre2_match_context* limits() {
    thread_local const std::unique_ptr<pcre2_match_context, match_context_deleter> context = [] {
        std::unique_ptr<pcre2_match_context, match_context_deleter> made(
            pcre2_match_context_create(nullptr));
        pcre2_set_match_limit(made.get(), match_steps_max);
        pcre2_set_depth_limit(made.get(), match_depth_max);
        pcre2_set_heap_limit(made.get(), match_heap_kib_max);
        return made;
    }();
    return context.get();
}

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string reason(int code) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

sql_error match_failed(int code) {
    const bool limit = code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT ||
                       code == PCRE2_ERROR_HEAPLIMIT;
    if (limit) return {sqlstate::program_limit_exceeded, "regular expression failed: too complex"};
    return {sqlstate::invalid_regular_expression, "regular expression failed: " + reason(code)};
}

struct cached {
    std::string key;
    std::shared_ptr<const regex> compiled;
};

std::string cache_key(std::string_view pattern, const regex_flags& f) {
    std::string key;
    for (const bool flag : {f.ignore_case, f.expanded, f.literal, f.dot_stops_at_newline,
                            f.anchors_match_at_newline}) {
        key += flag ? '1' : '0';
    }
    return key += pattern;
}

// Most recently used first; short, so that looking through it is nothing beside a match.
std::list<cached>& cache() {
    thread_local std::list<cached> entries;
    return entries;
}

// PCRE2's pairs of offsets, of which there are as many as groups were reached.
regex::match_spans all_spans(const std::size_t* offsets, std::size_t reached, std::size_t count) {
    regex::match_spans spans(count);
    for (std::size_t i = 0; i < reached && i < count; ++i) {
        if (offsets[2 * i] != PCRE2_UNSET) {
            spans[i] = regex::span{offsets[2 * i], offsets[2 * i + 1]};
        }
    }
    return spans;
}

}  // namespace

void regex::code_deleter::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }

result<std::shared_ptr<const regex>> regex::compile(std::string_view pattern,
                                                    const regex_flags& flags) {
    auto& entries = cache();
    auto key = cache_key(pattern, flags);
    for (auto at = entries.begin(); at != entries.end(); ++at) {
        if (at->key != key) continue;
        entries.splice(entries.begin(), entries, at);
        return entries.front().compiled;
    }
    auto translated = translate_regex(pattern, flags);
    if (!translated) return translated.error();
    int error = 0;
    PCRE2_SIZE offset = 0;
    auto made = std::make_shared<regex>();
    made->code_.reset(pcre2_compile(units(translated->text), translated->text.size(),
                                    translated->options, &error, &offset, nullptr));
    if (!made->code_) {
        return regex_error(reason(error).c_str());
    }
    std::uint32_t highest_reference = 0;
    pcre2_pattern_info(made->code_.get(), PCRE2_INFO_BACKREFMAX, &highest_reference);
    made->has_back_references_ = highest_reference > 0;
    made->wanted_ = translated->wanted;
    made->is_ambiguous_ = translated->is_ambiguous;
    made->groups_ = std::move(translated->groups);
    for (const auto& group : made->groups_) made->group_count_ += group.captures ? 1 : 0;
    entries.push_front({std::move(key), std::move(made)});
    if (entries.size() > cached_max) entries.pop_back();
    return entries.front().compiled;
}

result<regex::match_spans> regex::run(std::string_view text, std::size_t from,
                                      std::uint32_t options) const {
    const std::unique_ptr<pcre2_match_data, match_data_deleter> data(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    const int count =
        pcre2_match(code_.get(), units(text), text.size(), from, options, data.get(), limits());
    match_spans spans;
    if (count == PCRE2_ERROR_NOMATCH) return spans;
    if (count < 0) return match_failed(count);
    const auto* offsets = pcre2_get_ovector_pointer(data.get());
    return captured(all_spans(offsets, static_cast<std::size_t>(count), groups_.size() + 1));
}

regex::match_spans regex::captured(const match_spans& all) const {
    if (all.empty()) return all;
    match_spans spans = {all.front()};
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        if (groups_[i].captures) spans.push_back(all[i + 1]);
    }
    return spans;
}

// Whether `a` takes the groups more as PostgreSQL does than `b`, which was found before it: from
// left to right, what stands before a group and then the group itself take as much, or as little,
// as they want.
bool regex::is_preferred(const match_spans& a, const match_spans& b) const {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const auto &x = a[i + 1], &y = b[i + 1];
        const auto& group = groups_[i];
        if (x.has_value() != y.has_value()) return false;
        if (!x || group.repeated) continue;
        if (x->begin != y->begin) {
            return (x->begin > y->begin) == (group.before == match_length::longest);
        }
        if (x->end != y->end) return (x->end > y->end) == (group.inside == match_length::longest);
    }
    return false;
}

// Every way to match `text` from `from` to its end is looked at, within limits.
// Returns: empty when there is none, or when the limits did not let it be found.
regex::match_spans regex::best_groups(std::string_view text, std::size_t from) const {
    struct search_state {
        const regex* self;
        std::size_t text_size;
        match_spans best;
        int found = 0;
    } state{this, text.size(), {}};
    const auto at_end = [](pcre2_callout_block* block, void* data) {
        constexpr int ways_max = 1000, go_back = 1;
        auto& s = *static_cast<search_state*>(data);
        if (block->current_position != s.text_size) return go_back;
        auto spans =
            all_spans(block->offset_vector, block->capture_top, s.self->groups_.size() + 1);
        if (s.best.empty() || s.self->is_preferred(spans, s.best)) s.best = std::move(spans);
        return ++s.found < ways_max ? go_back : PCRE2_ERROR_CALLOUT;
    };
    const std::unique_ptr<pcre2_match_context, match_context_deleter> context(
        pcre2_match_context_copy(limits()));
    pcre2_set_match_limit(context.get(), best_groups_steps_max);
    pcre2_set_callout(context.get(), at_end, &state);
    const std::unique_ptr<pcre2_match_data, match_data_deleter> data(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    pcre2_match(code_.get(), units(text), text.size(), from, PCRE2_ANCHORED, data.get(),
                context.get());
    if (!state.best.empty()) state.best.front() = span{from, text.size()};
    return captured(state.best);
}

// PCRE2's other matcher finds the longest or the shortest match at the first place there is one,
// which is what PostgreSQL looks for; it knows nothing of groups.
result<std::optional<regex::span>> regex::whole_match(std::string_view text,
                                                      std::size_t from) const {
    const std::unique_ptr<pcre2_match_data, match_data_deleter> data(
        pcre2_match_data_create(1, nullptr));
    std::vector<int> workspace(1000);
    for (;;) {
        const int count =
            pcre2_dfa_match(code_.get(), units(text), text.size(), from,
                            wanted_ == match_length::shortest ? PCRE2_DFA_SHORTEST : 0u, data.get(),
                            limits(), workspace.data(), workspace.size());
        if (count == PCRE2_ERROR_NOMATCH) return std::optional<span>();
        if (count == PCRE2_ERROR_DFA_WSSIZE && workspace.size() < 1'000'000) {
            workspace.resize(workspace.size() * 10);
            continue;
        }
        if (count < 0) return match_failed(count);
        const auto* offsets = pcre2_get_ovector_pointer(data.get());
        return std::optional<span>(span{offsets[0], offsets[1]});
    }
}

result<regex::match_spans> regex::search(std::string_view text, std::size_t from) const {
    if (has_back_references_) return run(text, from, 0);
    const auto whole = whole_match(text, from);
    // The other matcher gives up where this one need not.
    if (!whole) return run(text, from, 0);
    if (!*whole) return match_spans();
    if (group_count_ == 0) return match_spans{**whole};
    if (is_ambiguous_) {
        if (auto best = best_groups(text.substr(0, (*whole)->end), (*whole)->begin);
            !best.empty()) {
            return best;
        }
    }
    auto spans =
        run(text.substr(0, (*whole)->end), (*whole)->begin, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
    if (!spans || !spans->empty()) return spans;
    // What stands behind the match matters to it (a lookahead): the groups of the usual match.
    return run(text, (*whole)->begin, PCRE2_ANCHORED);
}

result<bool> regex::matches(std::string_view text) const {
    const std::unique_ptr<pcre2_match_data, match_data_deleter> data(
        pcre2_match_data_create(1, nullptr));
    const int count =
        pcre2_match(code_.get(), units(text), text.size(), 0, 0, data.get(), limits());
    if (count == PCRE2_ERROR_NOMATCH) return false;
    if (count < 0) return match_failed(count);
    return true;
}

}  // namespace historyd::sqlite
