#include "tests/unit/functions/function_case.hpp"

#include <fstream>
#include <stdexcept>

namespace historyd::test {
namespace {

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        switch (text[++i]) {
            case 'n':
                out += '\n';
                break;
            case 't':
                out += '\t';
                break;
            case 'p':
                out += '|';
                break;
            default:
                out += text[i];
        }
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::optional<std::string> nullable(const std::string& text) {
    if (text == "~") return std::nullopt;
    return unescape(text);
}

case_argument parse_argument(const std::string& field) {
    const auto end = field.find_first_of(":~*");
    if (end == std::string::npos) throw std::runtime_error("malformed argument: " + field);
    case_argument out{.type = field.substr(0, end), .is_column = field[end] == '*', .values = {}};
    const auto rest = field.substr(end + 1);
    if (field[end] == '~') {
        out.values.emplace_back();
    } else if (out.is_column) {
        if (rest.empty()) return out;
        for (const auto& part : split(rest, '|')) out.values.push_back(nullable(part));
    } else {
        out.values.emplace_back(unescape(rest));
    }
    return out;
}

function_case parse_line(const std::string& text) {
    auto fields = split(text, '\t');
    if (fields.size() < 2) throw std::runtime_error("malformed case: " + text);
    function_case out;
    out.is_operator = fields[0].starts_with("op ");
    out.name = out.is_operator ? fields[0].substr(3) : fields[0];
    const auto expectation = fields.back();
    out.expectation = expectation.at(0);
    out.expected = unescape(expectation.substr(1));
    if (out.expectation == '[') {
        const auto inside = expectation.substr(1, expectation.size() - 2);
        if (!inside.empty()) {
            for (const auto& part : split(inside, '|')) out.expected_rows.push_back(nullable(part));
        }
    }
    for (std::size_t i = 1; i + 1 < fields.size(); ++i) {
        out.arguments.push_back(parse_argument(fields[i]));
    }
    return out;
}

}  // namespace

std::vector<function_case> load_cases(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    std::vector<function_case> cases;
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
        if (text.empty() || text.starts_with('#')) continue;
        auto parsed = parse_line(text);
        parsed.file = file.filename().string();
        parsed.line = line;
        cases.push_back(std::move(parsed));
    }
    return cases;
}

}  // namespace historyd::test
