#include "storage/postgres/plain_words.hpp"

#include <algorithm>
#include <cctype>

namespace historyd::postgres {

namespace {

struct known_error {
    std::string_view part;  // of libpq's or the pooler's message
    std::string_view hint;
};

// The first that fits wins.
constexpr known_error known[] = {
    {"Tenant or user not found",
     "A Supabase pooler takes the user as ROLE.PROJECT_REF (postgres.abcdefghijkl), on the pooler "
     "host of the "
     "project's region."},
    {"password authentication failed",
     "The password or the user is wrong. It comes from backend.password_file, else from "
     "backend.url, PGPASSWORD or ~/.pgpass."},
    {"no password supplied",
     "The server asks for a password: set backend.password_file, PGPASSWORD or ~/.pgpass."},
    {"no pg_hba.conf entry", "The server does not admit this user, database or address."},
    {"root certificate file",
     "The server's certificate is to be verified, as is the default for a remote host: set "
     "sslrootcert in backend.url (Supabase offers its certificate for download; "
     "/etc/ssl/certs/ca-certificates.crt has the public ones)."},
    {"certificate verify failed",
     "The server's certificate is not signed by the authority in sslrootcert."},
    {"server certificate for", "The certificate is for another host name than backend.url's."},
    {"does not support SSL",
     "The server has no TLS, which is required for a remote host: sslmode in "
     "backend.url."},
    {"invalid response to SSL negotiation",
     "What answers there is not PostgreSQL: is the port right?"},
    {"expected authentication request", "What answers there is not PostgreSQL: is the port right?"},
    {"server closed the connection unexpectedly",
     "The server, a pooler or a proxy before it ended the connection, or what answers there is not "
     "PostgreSQL: is the port right?"},
    {"Connection refused", "Nothing listens there: is the server running, is the port right?"},
    {"could not translate host name",
     "The name has no address, or the network is down. A direct Supabase host has IPv6 addresses "
     "only: from a network without IPv6 use the pooler's host."},
    {"Network is unreachable",
     "There is no route to that address. A direct Supabase host has IPv6 addresses only: from a "
     "network without IPv6 use the pooler's host."},
    {"Cannot assign requested address",
     "There is no route to that address. A direct Supabase host has IPv6 addresses only: from a "
     "network without IPv6 use the pooler's host."},
    {"does not exist", "The database or the role does not exist there."},
};

// "FATAL:  28P01: password ..." as PQERRORS_VERBOSE has it. Returns: its place; npos when it is
// not there.
std::size_t code_in(std::string_view text) {
    const auto is_code_letter = [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) ||
               std::isupper(static_cast<unsigned char>(c));
    };
    for (auto at = text.find(":  "); at != text.npos; at = text.find(":  ", at + 1)) {
        const auto code = text.substr(at + 3, 6);
        if (code.size() == 6 && code[5] == ':' &&
            std::all_of(code.begin(), code.begin() + 5, is_code_letter)) {
            return at + 3;
        }
    }
    return text.npos;
}

// One line, without LOCATION, which is the server's source file.
std::string tidied(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with("LOCATION:")) continue;
        if (!out.empty()) out += "; ";
        out += line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    }
    return out;
}

}  // namespace

sql_error connect_error(std::string_view libpq_message, const target& t) {
    sql_error e(sqlstate::connection_exception, std::string(libpq_message));
    if (const auto at = code_in(libpq_message); at != libpq_message.npos) {
        e.sqlstate = libpq_message.substr(at, 5);
        e.message.erase(at, 7);
    }
    e.message = t.shown() + ": " + tidied(e.message);
    const auto found = std::ranges::find_if(known, [&](const known_error& k) {
        return libpq_message.find(k.part) != libpq_message.npos;
    });
    if (found != std::end(known)) e.hint = found->hint;
    return e;
}

}  // namespace historyd::postgres
