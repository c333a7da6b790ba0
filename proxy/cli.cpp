#include "proxy/cli.hpp"

#include <CLI/CLI.hpp>

namespace historyd {

namespace {

// The options that `serve` and `check` share: check shows what serve would do.
struct server_options_text {
    std::string config, storage, listen, socket_dir, backend, log_level;

    void add_to(CLI::App& app) {
        app.add_option("--config", config, "configuration file (TOML)")->type_name("FILE");
        app.add_option("--storage", storage, "the SQLite file; default history.db")
            ->type_name("FILE");
        app.add_option("--listen", listen, "TCP addresses; default 127.0.0.1:5499")
            ->type_name("HOST:PORT[,HOST:PORT]");
        app.add_option("--socket-dir", socket_dir, "directory of the Unix socket; default none")
            ->type_name("DIR");
        app.add_option("--backend", backend,
                       "PostgreSQL that writes are forwarded to; default none")
            ->type_name("URL");
        app.add_option("--log-level", log_level, "trace, debug, info, warn, error or critical")
            ->type_name("LEVEL");
    }

    void read_into(const CLI::App& app, command_line& line) const {
        const auto given = [&](const char* name) { return app.get_option(name)->count() > 0; };
        if (given("--config")) line.config_file = config;
        if (given("--storage")) line.options.emplace_back("storage", storage);
        if (given("--listen")) line.options.emplace_back("listen", listen);
        if (given("--socket-dir")) line.options.emplace_back("socket_dir", socket_dir);
        if (given("--backend")) line.options.emplace_back("backend.url", backend);
        if (given("--log-level")) line.options.emplace_back("log.level", log_level);
    }
};

// Where the running historyd is: of its options those that say how to reach it.
struct move_options_text {
    std::string config, listen, socket_dir;
    move_request request;

    void add_to(CLI::App& app) {
        app.add_option("--config", config, "configuration file of the running historyd")
            ->type_name("FILE");
        app.add_option("--listen", listen, "its TCP address; default 127.0.0.1:5499")
            ->type_name("HOST:PORT");
        app.add_option("--socket-dir", socket_dir, "directory of its Unix socket")
            ->type_name("DIR");
        app.add_option("--report", request.report, "where rows that could not be moved are written")
            ->type_name("FILE")
            ->default_val("historyd-differences.jsonl");
        app.add_flag("--dry-run", request.dry_run, "look and count, change nothing");
    }

    void add_import(CLI::App& app) {
        app.add_option("from", request.from, "what to read")->type_name("FILE|DIR|URL")->required();
        app.add_option("--into", request.into, "where to; default the running historyd")
            ->type_name("URL|FILE");
        add_to(app);
    }

    void add_export(CLI::App& app) {
        app.add_option("from", request.from, "what to read; default the running historyd")
            ->type_name("URL|FILE|DIR");
        app.add_option("--to", request.into, "where to")
            ->type_name("FILE.db|FILE.csv|FILE.jsonl|URL")
            ->required();
        add_to(app);
    }

    void read_into(command_line& line) const {
        line.command = command::move;
        line.move = request;
        if (!config.empty()) line.config_file = config;
        if (!listen.empty()) line.options.emplace_back("listen", listen);
        if (!socket_dir.empty()) line.options.emplace_back("socket_dir", socket_dir);
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
    auto* user = app.add_subcommand("user", "users and their passwords");
    user->require_subcommand(1);
    auto* add = user->add_subcommand("add", "store a user's verifier, asking for the password");
    std::string user_name, user_config, user_file;
    add->add_option("name", user_name, "the user")->required()->type_name("NAME");
    add->add_option("--config", user_config, "configuration file (TOML)")->type_name("FILE");
    add->add_option("--user-file", user_file, "default: auth.user_file of the configuration")
        ->type_name("FILE");
    auto* import = app.add_subcommand(
        "import", "bring mem0's history here: SQLite files, CSV, JSONL, a PostgreSQL database");
    auto* export_ = app.add_subcommand(
        "export", "take it elsewhere: a file for mem0, CSV, JSONL, a PostgreSQL database");
    auto* parked = app.add_subcommand(
        "parked",
        "changes that the backend rejected and that were set aside; all but list are for operators "
        "while historyd runs");
    parked->require_subcommand(1);
    std::string parked_config, parked_storage, parked_database, parked_url;
    std::int64_t parked_seq = 0;
    for (const auto* action : {"list", "retry", "discard"}) {
        auto* a = parked->add_subcommand(action);
        if (action != std::string_view("list")) {
            a->add_option("seq", parked_seq, "the change's number")->required()->type_name("SEQ");
        }
        a->add_option("--config", parked_config, "configuration file (TOML)")->type_name("FILE");
        a->add_option("--storage", parked_storage, "the SQLite file")->type_name("FILE");
        a->add_option("--database", parked_database, "which of [databases]; default: the first")
            ->type_name("NAME");
        a->add_option("--url", parked_url, "the historyd that serves it; default: as configured")
            ->type_name("URL");
    }
    auto* version = app.add_subcommand("version", "print the version and those of the libraries");
    options.add_to(*serve);
    options.add_to(*check);
    move_options_text imported, exported;
    imported.add_import(*import);
    exported.add_export(*export_);
    std::string url, destination;
    bool json = false;
    auto* status = app.add_subcommand("status", "ask the running daemon how it is");
    options.add_to(*status);
    status->add_option("--url", url, "where it is; default: as configured")->type_name("URL");
    status->add_flag("--json", json, "for machines");
    auto* backup = app.add_subcommand("backup", "copy the SQLite file while it is served");
    options.add_to(*backup);
    backup->add_option("FILE", destination, "the copy; it must not exist")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        constexpr int usage_error = 2;
        exit_code = app.exit(e) == 0 ? 0 : usage_error;
        return std::nullopt;
    }
    command_line line;
    if (*version) {
        line.command = command::version;
        return line;
    }
    if (*user) {
        line.command = command::user_add;
        line.user = user_name;
        if (!user_config.empty()) line.config_file = user_config;
        if (!user_file.empty()) line.options.emplace_back("auth.user_file", user_file);
        return line;
    }
    if (*parked) {
        line.command = command::parked;
        line.parked_action = parked->get_subcommands().front()->get_name();
        line.parked_seq = parked_seq;
        line.parked_database = parked_database;
        line.url = parked_url;
        if (!parked_config.empty()) line.config_file = parked_config;
        if (!parked_storage.empty()) line.options.emplace_back("storage", parked_storage);
        return line;
    }
    if (*import || *export_) {
        (*import ? imported : exported).read_into(line);
        return line;
    }
    const std::pair<CLI::App*, command> configured[] = {{serve, command::serve},
                                                        {check, command::check},
                                                        {status, command::status},
                                                        {backup, command::backup}};
    for (const auto& [subcommand, meant] : configured) {
        if (!*subcommand) continue;
        line.command = meant;
        options.read_into(*subcommand, line);
    }
    line.url = url;
    line.json = json;
    line.backup = destination;
    return line;
}

}  // namespace historyd
