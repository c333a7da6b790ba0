#include "tests/unit/functions/call_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace historyd::test {
namespace {

namespace t = types::type_oid;
using types::oid;

bool is_polymorphic(oid type) {
    return type == t::any || type == t::anyelement || type == t::anynonarray ||
           type == t::anyarray || type == t::anycompatible || type == t::anycompatiblearray;
}

bool accepts(oid declared, oid given) {
    if (declared == t::anyarray || declared == t::anycompatiblearray) return types::is_array(given);
    if (declared == t::anynonarray) return !types::is_array(given);
    return declared == given || is_polymorphic(declared);
}

template <class Declared>
bool accepts_all(const Declared& declared, bool variadic, const std::vector<oid>& given) {
    if (variadic ? given.size() < declared.size() : given.size() != declared.size()) return false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!accepts(declared[std::min(i, declared.size() - 1)], given[i])) return false;
    }
    return true;
}

oid element_of(oid array) {
    const auto* info = types::find_type(array);
    return info == nullptr ? 0 : info->element;
}

oid array_of(oid element) {
    const auto* info = types::find_type(element);
    return info == nullptr ? 0 : info->array;
}

// What a polymorphic result is, by the arguments that decide it.
template <class Declared>
oid resolve_result(oid result, const Declared& declared, const std::vector<oid>& given) {
    if (!is_polymorphic(result)) return result;
    oid element = 0;
    for (std::size_t i = 0; i < given.size() && i < declared.size(); ++i) {
        if (!is_polymorphic(declared[i])) continue;
        const bool is_array = declared[i] == t::anyarray || declared[i] == t::anycompatiblearray;
        element = is_array ? element_of(given[i]) : given[i];
    }
    const bool wants_array = result == t::anyarray || result == t::anycompatiblearray;
    return wants_array ? array_of(element) : element;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

}  // namespace

std::string expand_template(std::string_view text, const std::vector<std::string>& arguments,
                            const std::vector<oid>& types, oid result) {
    if (text.find_first_of("%('\"") == std::string_view::npos &&
        std::isdigit(static_cast<unsigned char>(text.front())) == 0) {
        return std::string(text) + '(' + joined(arguments) + ')';
    }
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const char mark = text.at(++i);
        if (mark == '*') {
            out += joined(arguments);
        } else if (mark == 'r') {
            out += std::to_string(result);
        } else if (mark == 't' && text.at(i + 1) == '*') {
            ++i;
            std::vector<std::string> typed;
            for (std::size_t a = 0; a < arguments.size(); ++a) {
                typed.push_back(std::to_string(types[a]));
                typed.push_back(arguments[a]);
            }
            out += joined(typed);
        } else if (mark == 't') {
            out += std::to_string(types.at(static_cast<std::size_t>(text.at(++i) - '1')));
        } else if (mark == 'e') {
            out +=
                std::to_string(element_of(types.at(static_cast<std::size_t>(text.at(++i) - '1'))));
        } else {
            out += arguments.at(static_cast<std::size_t>(mark - '1'));
        }
    }
    return out;
}

std::optional<resolved_call> resolve(const function_case& c, const std::vector<oid>& given,
                                     const std::vector<std::string>& arguments) {
    if (c.is_operator) {
        // A prefix operator's only operand is its right one.
        const bool prefix = given.size() == 1;
        const std::array<oid, 2> operands = {prefix ? 0 : given.at(0), given.back()};
        for (const bool exact : {true, false}) {
            for (const auto& op : sql::operators()) {
                const std::array<oid, 2> declared = {op.left, op.right};
                if (op.name != c.name || (prefix != (op.left == 0))) continue;
                const bool fits = exact ? declared == operands
                                        : (prefix || accepts(op.left, operands[0])) &&
                                              accepts(op.right, operands[1]);
                if (!fits) continue;
                const auto result =
                    resolve_result(op.result, declared, {operands.begin(), operands.end()});
                const std::vector<std::string> texts =
                    prefix ? std::vector<std::string>{"", arguments[0]} : arguments;
                return resolved_call{
                    expand_template(op.sqlite, texts, {operands.begin(), operands.end()}, result),
                    sql::function_kind::scalar, result};
            }
        }
        return std::nullopt;
    }
    for (const bool exact : {true, false}) {
        for (const auto& f : sql::functions()) {
            if (f.name != c.name) continue;
            if (exact ? f.arguments != given || f.variadic
                      : !accepts_all(f.arguments, f.variadic, given)) {
                continue;
            }
            const auto result = resolve_result(f.result, f.arguments, given);
            return resolved_call{expand_template(f.sqlite, arguments, given, result), f.kind,
                                 result};
        }
    }
    return std::nullopt;
}

}  // namespace historyd::test
