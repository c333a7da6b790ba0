#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

#include "storage/base/sql_error.hpp"

namespace historyd::net {

struct tls_options {
    std::string certificate_file, key_file;  // empty: no TLS
    std::string client_ca_file;              // empty: clients are not asked for a certificate
    std::string min_version = "1.2";
};

// A server's certificate with its rules: nothing older than TLS 1.2, no renegotiation, no
// compression, no resumption, ALPN "postgresql" for those that ask.
// Returns: nullptr when there is no certificate. Errors: F0000 naming the file and what is wrong.
result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const tls_options& options);

}  // namespace historyd::net
