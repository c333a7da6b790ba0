#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include "conf/access_text.hpp"
#include "conf/client_url.hpp"
#include "conf/config_keys.hpp"
#include "conf/config_loader.hpp"
#include "proxy/app.hpp"
#include "proxy/backup_command.hpp"
#include "proxy/cli.hpp"
#include "proxy/parked_command.hpp"
#include "proxy/status_command.hpp"
#include "proxy/user_command.hpp"
#include "storage/transfer/transfer.hpp"

namespace historyd {

namespace {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* text = std::getenv(name.c_str());
    return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

void check(const result<void>& done) {
    if (!done) throw std::runtime_error(done.error().message);
}

conf::effective_config load(const command_line& line) {
    conf::effective_config effective;
    auto file = line.config_file;
    if (!file) file = environment_variable("HISTORYD_CONFIG");
    if (file) check(conf::load_file(*file, effective));
    check(conf::load_environment(environment_variable, effective));
    for (const auto& [key, text] : line.options) {
        std::string option = "--" + key;
        for (char& c : option) c = c == '_' || c == '.' ? '-' : c;
        check(conf::load_option(key, option, text, effective));
    }
    return effective;
}

void print(const conf::effective_config& effective) {
    for (const auto& key : conf::keys()) {
        const auto at = effective.origins.find(key.name);
        const auto assignment =
            std::string(key.name) + " = " + conf::value_text(key, effective.values);
        std::printf("%-48s # %s\n", assignment.c_str(),
                    at == effective.origins.end() ? "default" : at->second.c_str());
    }
    std::printf("%s", conf::access_text(effective.values).c_str());
}

// Returns: the exit code.
int move(const command_line& line) {
    const auto& request = line.move;
    const auto running = [&] {
        auto url = conf::client_url(load(line).values);
        if (!url) throw std::runtime_error(url.error().message);
        return *url;
    };
    transfer::transfer_options options{.from = request.from,
                                       .into = request.into,
                                       .dry_run = request.dry_run,
                                       .report = request.report};
    if (options.from.empty()) options.from.push_back(running());
    if (options.into.empty()) options.into = running();
    const auto equal = transfer::move_history(options, stdout, stderr);
    if (equal) return *equal ? EXIT_SUCCESS : EXIT_FAILURE;
    const auto& why = equal.error();
    std::string text = why.message;
    for (const auto* more : {&why.detail, &why.where, &why.hint}) {
        if (!more->empty()) text += "\n" + *more;
    }
    throw std::runtime_error(text);
}

// Returns: the exit code.
int run(const command_line& line) {
    // Files that historyd makes are its user's alone; one that was there keeps its mode.
    ::umask(077);
    switch (line.command) {
        case command::parked:
            parked(load(line).values, {.action = line.parked_action,
                                       .seq = line.parked_seq,
                                       .database = line.parked_database,
                                       .url = line.url});
            break;
        case command::version:
            print_versions();
            break;
        case command::check:
            print(load(line));
            break;
        case command::user_add:
            add_user(load(line).values.auth.user_file, line.user);
            break;
        case command::serve:
            serve(load(line), [line] { return load(line); });
            break;
        case command::move:
            return move(line);
        case command::status:
            return print_status(load(line).values, {.url = line.url, .json = line.json});
        case command::backup:
            back_up(load(line).values, line.backup);
            break;
    }
    return EXIT_SUCCESS;
}

}  // namespace

}  // namespace historyd

int main(int argc, char** argv) {
    try {
        int exit_code = 0;
        const auto line = historyd::parse_command_line(argc, argv, exit_code);
        if (!line) return exit_code;
        return historyd::run(*line);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "historyd: %s\n", e.what());
        return EXIT_FAILURE;
    }
}
