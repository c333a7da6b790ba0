#include "storage/types/input_text.hpp"
#include "storage/types/scalar_text.hpp"

namespace historyd::types {

result<bool> parse_bool(std::string_view text) {
    const std::string_view s = trim_blanks(text);
    const auto abbreviates = [s](std::string_view word, std::size_t at_least) {
        return s.size() >= at_least && s.size() <= word.size() &&
               equals_ignoring_case(s, word.substr(0, s.size()));
    };
    if (abbreviates("true", 1) || abbreviates("yes", 1) || abbreviates("on", 2) || s == "1") {
        return true;
    }
    if (abbreviates("false", 1) || abbreviates("no", 1) || abbreviates("off", 2) || s == "0") {
        return false;
    }
    return invalid_syntax("boolean", text);
}

}  // namespace historyd::types
