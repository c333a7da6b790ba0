#include "storage/types/datetime_words.hpp"

#include <algorithm>
#include <iterator>

namespace historyd::types {

namespace {

constexpr std::size_t letters_compared = 10;

template <class T>
struct entry {
    std::string_view word;
    T meaning;
};

// Both tables in order of word; each in a namespace of its own for the names of its enumerators.
namespace dates {
using enum date_word_kind;
constexpr entry<date_word> words[] = {
    {"-infinity", {minus_infinity, 0}},
    {"ad", {era, 0}},
    {"allballs", {allballs, 0}},
    {"am", {meridiem, 0}},
    {"apr", {month, 4}},
    {"april", {month, 4}},
    {"at", {ignored, 0}},
    {"aug", {month, 8}},
    {"august", {month, 8}},
    {"bc", {era, 1}},
    {"dec", {month, 12}},
    {"december", {month, 12}},
    {"dst", {dst, 0}},
    {"epoch", {epoch, 0}},
    {"feb", {month, 2}},
    {"february", {month, 2}},
    {"fri", {weekday, 5}},
    {"friday", {weekday, 5}},
    {"infinity", {infinity, 0}},
    {"j", {julian, 0}},
    {"jan", {month, 1}},
    {"january", {month, 1}},
    {"jd", {julian, 0}},
    {"jul", {month, 7}},
    {"julian", {julian, 0}},
    {"july", {month, 7}},
    {"jun", {month, 6}},
    {"june", {month, 6}},
    {"mar", {month, 3}},
    {"march", {month, 3}},
    {"may", {month, 5}},
    {"mon", {weekday, 1}},
    {"monday", {weekday, 1}},
    {"nov", {month, 11}},
    {"november", {month, 11}},
    {"now", {now, 0}},
    {"oct", {month, 10}},
    {"october", {month, 10}},
    {"on", {ignored, 0}},
    {"pm", {meridiem, 1}},
    {"sat", {weekday, 6}},
    {"saturday", {weekday, 6}},
    {"sep", {month, 9}},
    {"sept", {month, 9}},
    {"september", {month, 9}},
    {"sun", {weekday, 0}},
    {"sunday", {weekday, 0}},
    {"t", {iso_time, 0}},
    {"thu", {weekday, 4}},
    {"thur", {weekday, 4}},
    {"thurs", {weekday, 4}},
    {"thursday", {weekday, 4}},
    {"today", {today, 0}},
    {"tomorrow", {tomorrow, 0}},
    {"tue", {weekday, 2}},
    {"tues", {weekday, 2}},
    {"tuesday", {weekday, 2}},
    {"wed", {weekday, 3}},
    {"wednesday", {weekday, 3}},
    {"weds", {weekday, 3}},
    {"yesterday", {yesterday, 0}},
};
}  // namespace dates

namespace intervals {
using enum time_unit;
constexpr entry<time_unit> words[] = {
    {"ago", ago},
    {"c", century},
    {"cent", century},
    {"centuries", century},
    {"century", century},
    {"d", day},
    {"day", day},
    {"days", day},
    {"dec", decade},
    {"decade", decade},
    {"decades", decade},
    {"decs", decade},
    {"h", hour},
    {"hour", hour},
    {"hours", hour},
    {"hr", hour},
    {"hrs", hour},
    {"m", minute},
    {"microsecon", microsecond},
    {"mil", millennium},
    {"millennia", millennium},
    {"millennium", millennium},
    {"millisecon", millisecond},
    {"mils", millennium},
    {"min", minute},
    {"mins", minute},
    {"minute", minute},
    {"minutes", minute},
    {"mon", month},
    {"mons", month},
    {"month", month},
    {"months", month},
    {"ms", millisecond},
    {"msec", millisecond},
    {"mseconds", millisecond},
    {"msecs", millisecond},
    {"qtr", quarter},
    {"quarter", quarter},
    {"s", second},
    {"sec", second},
    {"second", second},
    {"seconds", second},
    {"secs", second},
    {"us", microsecond},
    {"usec", microsecond},
    {"useconds", microsecond},
    {"usecs", microsecond},
    {"w", week},
    {"week", week},
    {"weeks", week},
    {"y", year},
    {"year", year},
    {"years", year},
    {"yr", year},
    {"yrs", year},
};
}  // namespace intervals

constexpr auto by_word = [](const auto& a, const auto& b) { return a.word < b.word; };
static_assert(std::is_sorted(std::begin(dates::words), std::end(dates::words), by_word));
static_assert(std::is_sorted(std::begin(intervals::words), std::end(intervals::words), by_word));

template <class T, std::size_t N>
std::optional<T> find_in(const entry<T> (&table)[N], std::string_view word) {
    word = word.substr(0, letters_compared);
    const auto* found =
        std::lower_bound(std::begin(table), std::end(table), word,
                         [](const entry<T>& e, std::string_view w) { return e.word < w; });
    if (found == std::end(table) || found->word != word) return std::nullopt;
    return found->meaning;
}

}  // namespace

std::optional<date_word> find_date_word(std::string_view word) {
    return find_in(dates::words, word);
}

std::optional<time_unit> find_interval_unit(std::string_view word) {
    return find_in(intervals::words, word);
}

}  // namespace historyd::types
