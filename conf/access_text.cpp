#include "conf/access_text.hpp"

#include "conf/toml_text.hpp"

namespace historyd::conf {

namespace {

std::string line(std::string_view name, const std::string& value) {
    return std::string(name) + " = " + value + "\n";
}

std::string heading(const std::string& table, const std::string& place) {
    return "\n" + table + "  # " + (place.empty() ? "default" : place) + "\n";
}

}  // namespace

std::string access_text(const config& c) {
    std::string out;
    for (const auto& rule : c.auth.rules.empty() ? default_rules() : c.auth.rules) {
        out += heading("[[auth.rules]]", rule.place);
        out += line("type", quoted(std::string(to_string(rule.type))));
        out +=
            line("database", quoted_list(rule.databases)) + line("user", quoted_list(rule.users));
        if (rule.type != connection_type::local)
            out += line("address", quoted(rule.address.text()));
        out += line("method", quoted(std::string(to_string(rule.method))));
        if (!rule.map.empty()) out += line("map", quoted(rule.map));
        if (rule.read_only) out += line("access", quoted("read-only"));
    }
    for (const auto& m : c.auth.user_map) {
        out += "\n[[auth.user_map]]\n" + line("map", quoted(m.map)) +
               line("system_user", quoted(m.system_user)) + line("user", quoted(m.user));
    }
    for (const auto& d : c.databases) {
        out += heading("[databases." + quoted(d.name) + "]", d.place);
        if (d.relay) {
            const auto& [host, port] = d.backend;
            const auto bracketed = host.find(':') == host.npos ? host : "[" + host + "]";
            out += line("mode", quoted("relay")) +
                   line("backend", quoted(bracketed + ":" + std::to_string(port)));
        } else {
            out += line("path", quoted(d.path));
            if (!d.backend_url.empty()) out += line("backend", quoted("***"));
        }
        out += line("users", quoted_list(d.users));
    }
    return out;
}

std::string_view access_example() {
    return R"(
# Who may connect: the rules are tried in order, the first that matches decides, as in PostgreSQL's
# pg_hba.conf. Without any, clients on this machine are trusted and nobody else gets in. SIGHUP reads
# them again, and with them users and maps.
#     type      local (Unix socket), host (TCP), hostssl (TCP with TLS), hostnossl
#     database  a name, a list, "all" or "sameuser"; "all" when left out
#     user      a name, a list or "all"; "all" when left out
#     address   10.1.2.3, 10.0.0.0/8, fd00::/8 or "all"; "all" when left out
#     method    scram-sha-256       a password (with channel binding when the client can)
#               scram-sha-256-plus  a password, with channel binding only
#               peer                the user of the operating system, over the Unix socket
#               cert                the common name of a client certificate (tls.client_ca_file)
#               trust               no proof; never for other machines
#               reject
#     map       for peer and cert: names of [[auth.user_map]]; else the names have to be the same
#     access    "read-write", or "read-only": writes of such a session fail with 25006
#
#     [[auth.rules]]
#     type = "local"
#     method = "peer"
#     map = "services"
#
#     [[auth.rules]]
#     type = "hostssl"
#     database = "mem0"
#     user = ["app", "worker"]
#     address = "10.0.0.0/8"
#     method = "scram-sha-256"
#
# Whom a user of the system, or the holder of a certificate, may be:
#
#     [[auth.user_map]]
#     map = "services"
#     system_user = "www-data"
#     user = "app"

# Several applications, a file each. Without any, every database name means `storage`; with some,
# other names fail with 3D000.
#     path      the SQLite file
#     users     who may connect, beyond what the rules say; "all" when left out. SIGHUP reads it
#               again; databases themselves come and go with a restart.
#     backend   the PostgreSQL that its writes are forwarded to; [backend] has the rest. A single
#               file, or the only one without it, takes backend.url
#
#     [databases.mem0]
#     path = "mem0.db"
#     users = ["app", "worker"]
#
# A database that stays where it is, on a PostgreSQL server: sessions are passed through to it byte
# for byte, and it asks who the client is. Between historyd and it nothing is encrypted.
#
#     [databases.vectors]
#     mode = "relay"
#     backend = "127.0.0.1:5432"
)";
}

}  // namespace historyd::conf
