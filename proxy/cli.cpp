#include "proxy/cli.hpp"

#include <CLI/CLI.hpp>

namespace historyd {

namespace {

// The options that `serve` and `check` share: check shows what serve would do.
struct server_options_text {
    std::string config, storage, listen, socket_dir, log_level;

    void add_to(CLI::App& app) {
        app.add_option("--config", config, "configuration file (TOML)")->type_name("FILE");
        app.add_option("--storage", storage, "the SQLite file; default history.db")
            ->type_name("FILE");
        app.add_option("--listen", listen, "TCP addresses; default 127.0.0.1:5499")
            ->type_name("HOST:PORT[,HOST:PORT]");
        app.add_option("--socket-dir", socket_dir, "directory of the Unix socket; default none")
            ->type_name("DIR");
        app.add_option("--log-level", log_level, "trace, debug, info, warn, error or critical")
            ->type_name("LEVEL");
    }

    void read_into(const CLI::App& app, command_line& line) const {
        const auto given = [&](const char* name) { return app.get_option(name)->count() > 0; };
        if (given("--config")) line.config_file = config;
        if (given("--storage")) line.options.emplace_back("storage", storage);
        if (given("--listen")) line.options.emplace_back("listen", listen);
        if (given("--socket-dir")) line.options.emplace_back("socket_dir", socket_dir);
        if (given("--log-level")) line.options.emplace_back("log_level", log_level);
    }
};

}  // namespace

std::optional<command_line> parse_command_line(int argc, const char* const* argv, int& exit_code) {
    CLI::App app("A PostgreSQL server for mem0's history, on one SQLite file.", "historyd");
    app.require_subcommand(1);
    server_options_text options;
    auto* serve = app.add_subcommand("serve", "serve clients until SIGTERM");
    auto* check = app.add_subcommand(
        "check", "validate the configuration, print every value and where it comes from");
    auto* version = app.add_subcommand("version", "print the version and those of the libraries");
    options.add_to(*serve);
    options.add_to(*check);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        exit_code = app.exit(e);
        return std::nullopt;
    }
    command_line line;
    if (*version) {
        line.command = command::version;
        return line;
    }
    line.command = *check ? command::check : command::serve;
    options.read_into(*check ? *check : *serve, line);
    return line;
}

}  // namespace historyd
