#include "proxy/status_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "conf/client_url.hpp"
#include "storage/transfer/pg_connection.hpp"
#include "storage/types/json_text.hpp"

namespace historyd {

namespace {

using types::json_kind;
using types::json_node;

constexpr int needs_attention = 3;

std::string url_of(const conf::config& c) {
    auto url = conf::client_url(c);
    if (!url) throw std::runtime_error(url.error().message);
    return *std::move(url);
}

// What one SHOW answers; all text.
using table = std::vector<std::vector<std::string>>;

template <class T>
T checked(result<T> r) {
    if (r) return std::move(*r);
    throw std::runtime_error(r.error().message);
}

table ask(transfer::pg_connection& c, std::string_view name) {
    const auto answer = checked(c.execute("SHOW " + std::string(name)));
    table rows(static_cast<std::size_t>(PQntuples(answer.get())));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (int column = 0; column < PQnfields(answer.get()); ++column) {
            rows[i].emplace_back(PQgetvalue(answer.get(), static_cast<int>(i), column));
        }
    }
    return rows;
}

using pairs = std::map<std::string, std::string, std::less<>>;

pairs pairs_of(const table& rows) {
    pairs out;
    for (const auto& row : rows) out.emplace(row.at(0), row.at(1));
    return out;
}

std::string of(const pairs& p, std::string_view name) {
    const auto found = p.find(name);
    return found == p.end() ? "0" : found->second;
}

struct report {
    pairs stats, outbox, version;
    pairs pool_waiting;  // pool to requests that wait
    pairs sessions_by_state;
    bool is_well = true;
};

report read_report(transfer::pg_connection& c) {
    report r;
    r.stats = pairs_of(ask(c, "stats"));
    r.outbox = pairs_of(ask(c, "outbox"));
    r.version = pairs_of(ask(c, "version"));
    constexpr std::size_t state_column = 5, waiting_column = 2;
    std::map<std::string, int> states;
    for (const auto& session : ask(c, "sessions")) ++states[session.at(state_column)];
    for (const auto& [state, count] : states) r.sessions_by_state[state] = std::to_string(count);
    for (const auto& pool : ask(c, "pools"))
        r.pool_waiting.emplace(pool.at(0), pool.at(waiting_column));
    r.is_well = of(r.stats, "writer_state") == "working" && of(r.outbox, "state") != "halted";
    return r;
}

json_node json_of(const pairs& p) {
    json_node object;
    object.kind = json_kind::object;
    for (const auto& [name, text] : p) {
        json_node v;
        v.kind = json_kind::string;
        v.text = text;
        const bool numeric = !text.empty() && text.find_first_not_of("0123456789.") == text.npos &&
                             std::count(text.begin(), text.end(), '.') < 2;
        if (numeric && name != "historyd") v.kind = json_kind::number;
        object.members.emplace_back(name, std::move(v));
    }
    return object;
}

void print_json(const report& r) {
    json_node all;
    all.kind = json_kind::object;
    json_node well;
    well.kind = json_kind::boolean;
    well.boolean = r.is_well;
    json_node version;
    version.kind = json_kind::string;
    version.text = of(r.version, "historyd");
    all.members.emplace_back("ok", std::move(well));
    all.members.emplace_back("version", std::move(version));
    all.members.emplace_back("stats", json_of(r.stats));
    all.members.emplace_back("sessions", json_of(r.sessions_by_state));
    all.members.emplace_back("waiting", json_of(r.pool_waiting));
    all.members.emplace_back("outbox", json_of(r.outbox));
    std::string text;
    types::print_compact(all, text);
    std::printf("%s\n", text.c_str());
}

void line(std::string_view name, const std::string& text) {
    std::printf("%s\n", fmt::format("{:<11} {}", name, text).c_str());
}

std::string duration_text(std::string_view seconds) {
    const auto s = std::strtoll(std::string(seconds).c_str(), nullptr, 10);
    if (s >= 86'400) return fmt::format("{} d {} h", s / 86'400, s % 86'400 / 3600);
    if (s >= 3600) return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
    if (s >= 60) return fmt::format("{} min {} s", s / 60, s % 60);
    return fmt::format("{} s", s);
}

void print_screen(const report& r, const std::string& where) {
    line("historyd", fmt::format("{}, up {}, {}", of(r.version, "historyd"),
                                 duration_text(of(r.stats, "uptime_seconds")), where));
    if (of(r.outbox, "mode") == "embedded") {
        line("mode", "embedded: no backend is configured");
    } else {
        line("mode", "forwarding to " + of(r.outbox, "backend"));
        const auto& reason = of(r.outbox, "reason");
        line("backend", of(r.outbox, "state") + (reason.empty() ? "" : ": " + reason));
        line("outbox", fmt::format("{} rows, {} bytes, the oldest {} s old, {} parked",
                                   of(r.outbox, "rows"), of(r.outbox, "bytes"),
                                   of(r.outbox, "age_seconds"), of(r.outbox, "parked")));
    }
    line("writer", fmt::format("{}, {} waiting, last batch {}, commit {} ms (99%: {} ms)",
                               of(r.stats, "writer_state"), of(r.pool_waiting, "writer"),
                               of(r.stats, "last_batch"), of(r.stats, "commit_ms_p50"),
                               of(r.stats, "commit_ms_p99")));
    line("readers", of(r.pool_waiting, "reader") + " waiting");
    std::string states;
    for (const auto& [state, count] : r.sessions_by_state) {
        states += (states.empty() ? ": " : ", ") + count + " " + state;
    }
    line("sessions", of(r.stats, "sessions") + states);
    line("statements", fmt::format("{}, {} errors, {} slow", of(r.stats, "statements"),
                                   of(r.stats, "errors"), of(r.stats, "slow_statements")));
}

}  // namespace

int print_status(const conf::config& c, const status_options& options) {
    auto daemon =
        checked(transfer::pg_connection::connect(options.url.empty() ? url_of(c) : options.url));
    const auto report = read_report(daemon);
    if (options.json) {
        print_json(report);
    } else {
        print_screen(report, daemon.name());
    }
    return report.is_well ? 0 : needs_attention;
}

}  // namespace historyd
