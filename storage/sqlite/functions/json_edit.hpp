#pragma once

#include <optional>
#include <span>
#include <string>

#include "storage/types/json_text.hpp"

namespace historyd::sqlite {

enum class json_edit : std::uint8_t {
    remove,
    set,      // replace, or create the last step
    replace,  // only what is there
    insert_before,
    insert_after
};

// Applies the edit at the end of `path`; steps before the last that lead nowhere change nothing.
// Errors: 22P02 for a step into an array that is no number, 22004 for a NULL step, 22023 for
// inserting where a key is.
result<void> edit_json(types::json_node& node, std::span<const std::optional<std::string>> path,
                       json_edit edit, const types::json_node* replacement);

// jsonb_pretty(): one item a line, four blanks a level.
void print_pretty(const types::json_node& node, int level, std::string& out);

}  // namespace historyd::sqlite
