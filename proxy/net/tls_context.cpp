#include "proxy/net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace historyd::net {

namespace {

namespace ssl = boost::asio::ssl;

// ALPN wire form: length, name.
constexpr unsigned char alpn_protocol[] = "\x0apostgresql";

sql_error wrong(const std::string& file, const std::string& why) {
    return {sqlstate::config_file_error, file + ": " + why};
}

std::string openssl_reason() {
    const auto code = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return reason != nullptr ? reason : "it cannot be read";
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length,
                const unsigned char* offered, unsigned offered_length, void*) {
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(&chosen, out_length, alpn_protocol,
                                            sizeof alpn_protocol - 1, offered, offered_length);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// PostgreSQL's rule: the daemon's own and for nobody else, or root's and for a group to read.
result<void> check_key_file(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return wrong(file, std::strerror(errno));
    const mode_t open_to = status.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((status.st_mode & open_to) != 0) {
        return wrong(file, "the private key is open to others; chmod 600 " + file);
    }
    return {};
}

}  // namespace

result<std::shared_ptr<ssl::context>> make_tls_context(const tls_options& options) {
    if (options.certificate_file.empty() && options.key_file.empty()) {
        if (options.client_ca_file.empty()) return std::shared_ptr<ssl::context>();
        return sql_error(sqlstate::config_file_error,
                         "tls.client_ca_file needs tls.certificate_file and tls.key_file");
    }
    if (options.certificate_file.empty() || options.key_file.empty()) {
        return sql_error(sqlstate::config_file_error,
                         "tls.certificate_file and tls.key_file go together");
    }
    if (auto checked = check_key_file(options.key_file); !checked) return checked.error();
    auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
    auto* context = made->native_handle();
    SSL_CTX_set_min_proto_version(context,
                                  options.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
        return wrong(options.certificate_file, openssl_reason());
    }
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return wrong(options.key_file, openssl_reason());
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return wrong(options.key_file,
                     "not the key of " + options.certificate_file + " (" + openssl_reason() + ")");
    }
    if (!options.client_ca_file.empty()) {
        if (SSL_CTX_load_verify_locations(context, options.client_ca_file.c_str(), nullptr) != 1) {
            return wrong(options.client_ca_file, openssl_reason());
        }
        SSL_CTX_set_client_CA_list(context,
                                   SSL_load_client_CA_file(options.client_ca_file.c_str()));
        // Asked for, and verified when it comes; whether it has to come is the rule's affair.
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
    }
    return made;
}

}  // namespace historyd::net
