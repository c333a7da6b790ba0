#include "storage/sqlite/functions/json_edit.hpp"

#include <algorithm>
#include <charconv>

namespace historyd::sqlite {
namespace {

using types::json_kind;
using types::json_node;

class editor {
public:
    editor(std::span<const std::optional<std::string>> path, json_edit edit,
           const json_node* replacement)
        : path_(path), edit_(edit), replacement_(replacement) {}

    result<void> at(json_node& node, std::size_t step) {
        if (step == path_.size()) return {};
        if (!path_[step]) {
            return sql_error(sqlstate::null_value_not_allowed,
                             "path element at position " + std::to_string(step + 1) + " is null");
        }
        if (node.kind == json_kind::object) return in_object(node, step);
        if (node.kind == json_kind::array) return in_array(node, step);
        return {};
    }

private:
    bool is_last(std::size_t step) const { return step + 1 == path_.size(); }
    bool inserts() const {
        return edit_ == json_edit::insert_before || edit_ == json_edit::insert_after;
    }

    result<void> in_object(json_node& node, std::size_t step) {
        const auto& key = *path_[step];
        const auto found = std::find_if(node.members.begin(), node.members.end(),
                                        [&](const auto& m) { return m.first == key; });
        if (found == node.members.end()) {
            if (is_last(step) && (edit_ == json_edit::set || inserts())) {
                node.members.emplace_back(key, *replacement_);
                types::sort_members(node);
            }
            return {};
        }
        if (!is_last(step)) return at(found->second, step + 1);
        if (inserts()) {
            return sql_error(sqlstate::invalid_parameter_value, "cannot replace existing key")
                .with_hint("Try using the function jsonb_set to replace key value.");
        }
        if (edit_ == json_edit::remove) {
            node.members.erase(found);
        } else {
            found->second = *replacement_;
        }
        return {};
    }

    result<void> in_array(json_node& node, std::size_t step) {
        const auto& text = *path_[step];
        std::int32_t index = 0;
        const auto* const end = text.data() + text.size();
        const auto [stop, code] = std::from_chars(text.data(), end, index);
        if (code != std::errc{} || stop != end) {
            return sql_error(sqlstate::invalid_text_representation,
                             "path element at position " + std::to_string(step + 1) +
                                 " is not an integer: \"" + text + "\"");
        }
        const auto count = static_cast<std::int64_t>(node.items.size());
        const std::int64_t place = index < 0 ? index + count : index;
        if (place >= 0 && place < count) {
            const auto item = node.items.begin() + place;
            if (!is_last(step)) return at(*item, step + 1);
            at_item(node, item);
            return {};
        }
        // Outside, a new item goes to the end that is nearer.
        if (is_last(step) && (edit_ == json_edit::set || inserts())) {
            node.items.insert(place < 0 ? node.items.begin() : node.items.end(), *replacement_);
        }
        return {};
    }

    void at_item(json_node& node, std::vector<json_node>::iterator item) {
        switch (edit_) {
            case json_edit::remove:
                node.items.erase(item);
                break;
            case json_edit::set:
            case json_edit::replace:
                *item = *replacement_;
                break;
            case json_edit::insert_before:
                node.items.insert(item, *replacement_);
                break;
            case json_edit::insert_after:
                node.items.insert(item + 1, *replacement_);
                break;
        }
    }

    std::span<const std::optional<std::string>> path_;
    json_edit edit_;
    const json_node* replacement_;
};

void print_scalar(const json_node& node, std::string& out) { types::print_jsonb(node, out); }

}  // namespace

result<void> edit_json(json_node& node, std::span<const std::optional<std::string>> path,
                       json_edit edit, const json_node* replacement) {
    return editor(path, edit, replacement).at(node, 0);
}

void print_pretty(const json_node& node, int level, std::string& out) {
    const auto new_line = [&](int to_level) {
        out += '\n';
        out.append(static_cast<std::size_t>(to_level) * 4, ' ');
    };
    if (node.kind == json_kind::object) {
        out += '{';
        for (std::size_t i = 0; i < node.members.size(); ++i) {
            if (i > 0) out += ',';
            new_line(level + 1);
            types::append_json_string(node.members[i].first, out);
            out += ": ";
            print_pretty(node.members[i].second, level + 1, out);
        }
        new_line(level);
        out += '}';
    } else if (node.kind == json_kind::array) {
        out += '[';
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            if (i > 0) out += ',';
            new_line(level + 1);
            print_pretty(node.items[i], level + 1, out);
        }
        new_line(level);
        out += ']';
    } else {
        print_scalar(node, out);
    }
}

}  // namespace historyd::sqlite
