#pragma once

#include <absl/base/thread_annotations.h>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "conf/access.hpp"
#include "proxy/auth/failure_limit.hpp"
#include "proxy/auth/user_file.hpp"
#include "proxy/net/tls_context.hpp"

namespace historyd::net {

struct security_options {
    tls_options tls;
    std::filesystem::path user_file;
    std::vector<conf::auth_rule> rules;  // empty: conf::default_rules()
    std::vector<conf::user_mapping> user_map;
    std::vector<conf::database_config> databases;
    std::chrono::milliseconds failure_delay{0};
    auth::failure_limits failures;
};

// What decides about a client: certificate, rules and users as they were read together.
struct security {
    std::shared_ptr<boost::asio::ssl::context> tls;  // nullptr: none
    std::vector<conf::auth_rule> rules;
    std::vector<conf::user_mapping> user_map;
    std::vector<conf::database_config> databases;
    auth::user_list users;
    std::chrono::milliseconds failure_delay{0};
    auth::failure_limits failures;
};

// The security in force. Any thread; a client keeps what it began with.
class security_source {
public:
    explicit security_source(const security_options& options);

    std::shared_ptr<const security> current() const;
    // Reads certificate, key and users. Throws std::runtime_error with one line.
    static std::shared_ptr<const security> read(const security_options& options);
    // For clients that come from now on.
    void put(std::shared_ptr<const security> next);

    auth::failure_limit& failures() { return failures_; }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const security> current_ ABSL_GUARDED_BY(mutex_);
    auth::failure_limit failures_;
};

}  // namespace historyd::net
