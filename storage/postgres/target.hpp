#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "storage/base/sql_error.hpp"

namespace historyd::postgres {

// How a backend is reached: libpq's parameters, complete with our defaults. Holds the password; is
// never printed as a whole.
class target {
public:
    // `url`: anything libpq takes, a URL or keyword=value pairs. `password_file`: its first line is
    // the password; empty for none (then the URL's, PGPASSWORD's or ~/.pgpass's).
    // Defaults that libpq would choose otherwise: sslmode verify-full for a remote host and prefer
    // for this machine, keepalives, tcp_user_timeout = `silence_max`; of several hosts the one that
    // takes writes (target_session_attrs).
    // Returns: F0000 in plain words; never with the password in it.
    static result<target> parse(const std::string& url, const std::string& password_file,
                                std::chrono::milliseconds silence_max);

    // Parallel arrays for PQconnectStartParams, null-terminated; borrowed.
    std::vector<const char*> keywords() const;
    std::vector<const char*> values() const;

    // With what the password file says now: passwords are changed while we run.
    result<target> with_current_password() const;

    // One target for each of the hosts that the URL lists, in its order.
    std::vector<target> hosts() const;

    // "user@host:port/database", for people.
    std::string shown() const;
    std::string value(std::string_view keyword) const;

private:
    struct parameter {
        std::string keyword, value;
    };
    void set(const std::string& keyword, std::string value);
    void set_default(const std::string& keyword, std::string value);
    bool is_remote() const;

    std::vector<parameter> parameters_;
    std::string password_file_;
};

}  // namespace historyd::postgres
