#include "storage/sqlite/functions/split_text.hpp"

#include "storage/sqlite/functions/code_points.hpp"

namespace historyd::sqlite {

std::vector<std::optional<std::string>> split_text(const function_call& c) {
    std::vector<std::optional<std::string>> pieces;
    const bool has_null_text = c.count() > 2 && !c.is_null(2);
    const auto add = [&](std::string_view piece) {
        if (has_null_text && piece == c.text(2)) {
            pieces.emplace_back();
        } else {
            pieces.emplace_back(std::string(piece));
        }
    };
    auto text = c.text(0);
    if (text.empty()) return pieces;
    if (c.is_null(1)) {
        for (std::size_t at = 0; at < text.size();) {
            const auto bytes = character_bytes(text, at);
            add(text.substr(at, bytes));
            at += bytes;
        }
        return pieces;
    }
    const auto delimiter = c.text(1);
    while (!delimiter.empty()) {
        const auto at = text.find(delimiter);
        if (at == std::string_view::npos) break;
        add(text.substr(0, at));
        text.remove_prefix(at + delimiter.size());
    }
    add(text);
    return pieces;
}

}  // namespace historyd::sqlite
