// startup_fsm: the "options" parameter.

#include "proxy/protocol/startup_fsm.hpp"
#include "storage/types/input_text.hpp"

namespace historyd::protocol {

namespace {

using setting = std::pair<std::string, std::string>;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < text.size();) {
        if (types::is_blank(text[i])) {
            ++i;
            continue;
        }
        auto& argument = arguments.emplace_back();
        for (bool plain = false; i < text.size() && (plain || !types::is_blank(text[i])); ++i) {
            if (!plain && text[i] == '\\') {
                plain = true;
            } else {
                argument.push_back(text[i]);
                plain = false;
            }
        }
    }
    return arguments;
}

// name=value, with dashes in the name meaning underscores. `dash` is how the switch was written.
result<setting> assignment(std::string_view dash, std::string_view text) {
    const auto equals = text.find('=');
    std::string name(text.substr(0, equals));
    if (equals == text.npos) {
        return sql_error(sqlstate::syntax_error, std::string(dash) + name + " requires a value");
    }
    for (char& c : name) {
        if (c == '-') c = '_';
    }
    return setting(std::move(name), std::string(text.substr(equals + 1)));
}

}  // namespace

result<std::vector<setting>> parse_options(std::string_view text) {
    std::vector<setting> settings;
    const auto arguments = split(text);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        auto parsed = [&]() -> result<setting> {
            if (argument.starts_with("--") && argument.size() > 2) {
                return assignment("--", argument.substr(2));
            }
            if (argument.starts_with("-c") && argument.size() > 2) {
                return assignment("-c ", argument.substr(2));
            }
            if (argument == "-c" && i + 1 < arguments.size()) {
                return assignment("-c ", arguments[++i]);
            }
            return sql_error(
                       sqlstate::syntax_error,
                       "invalid command-line argument for server process: " + std::string(argument))
                .with_hint("Write options as -c name=value.");
        }();
        if (!parsed) return parsed.error();
        settings.push_back(std::move(*parsed));
    }
    return settings;
}

}  // namespace historyd::protocol
