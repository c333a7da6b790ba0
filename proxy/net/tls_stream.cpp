#include "proxy/net/tls_stream.hpp"

#include <boost/asio/buffer.hpp>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

#include "proxy/net/timeout.hpp"

namespace historyd::net {

namespace {

struct x509_free {
    void operator()(X509* x) const { X509_free(x); }
};
using x509_ptr = std::unique_ptr<X509, x509_free>;

SSL* native(const asio::ssl::stream<stream_socket&>& s) {
    return const_cast<asio::ssl::stream<stream_socket&>&>(s).native_handle();
}

}  // namespace

asio::awaitable<std::string> tls_stream::handshake(std::string_view received) {
    const auto [failed, used] = co_await stream_.async_handshake(
        asio::ssl::stream_base::server, asio::buffer(received.data(), received.size()), nothrow);
    co_return failed ? failed.message() : std::string();
}

asio::awaitable<bool> tls_stream::shut_down() {
    const auto [failed] = co_await stream_.async_shutdown(nothrow);
    co_return !failed;
}

bool tls_stream::chose_alpn() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(native(stream_), &name, &length);
    return length != 0;
}

bool tls_stream::has_client_certificate() const {
    return x509_ptr(SSL_get1_peer_certificate(native(stream_))) != nullptr;
}

std::string tls_stream::client_common_name() const {
    const x509_ptr certificate(SSL_get1_peer_certificate(native(stream_)));
    if (!certificate) return {};
    auto* subject = X509_get_subject_name(certificate.get());
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    // Several would leave open which one counts.
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
    unsigned char* text = nullptr;
    const auto* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    const int length = ASN1_STRING_to_UTF8(&text, data);
    if (length < 0) return {};
    std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
    OPENSSL_free(text);
    // A NUL inside is somebody's trick.
    return name.find('\0') == name.npos ? name : std::string();
}

std::string tls_stream::server_end_point() const {
    const auto* certificate = SSL_get_certificate(native(stream_));
    int digest = NID_undef;
    if (certificate == nullptr || X509_get_signature_info(const_cast<X509*>(certificate), &digest,
                                                          nullptr, nullptr, nullptr) != 1) {
        return {};
    }
    // RFC 5929: where the certificate's own hash is too weak it is SHA-256.
    if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
    const auto* algorithm = EVP_get_digestbynid(digest);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned length = 0;
    if (algorithm == nullptr || X509_digest(certificate, algorithm, hash.data(), &length) != 1) {
        return {};
    }
    return {reinterpret_cast<const char*>(hash.data()), length};
}

}  // namespace historyd::net
