#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "proxy/net/unix_socket.hpp"
#include "proxy/protocol/wire_reader.hpp"

namespace historyd::net {

// A blocking client. Nothing waits longer than `patience`: then the test fails instead of hanging.
class test_client {
public:
    explicit test_client(unsigned port, std::size_t receive_buffer_bytes = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receive_buffer_bytes != 0) {
            const int bytes = static_cast<int>(receive_buffer_bytes);
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    explicit test_client(const std::filesystem::path& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.native().size());
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }

    bool connected() const { return connected_; }

    // False when the server has closed the connection.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    // Exactly n bytes, fewer when the server closed first.
    std::string receive(std::size_t n) {
        std::string out;
        while (out.size() < n) {
            char chunk[4096];
            const auto got = ::recv(fd_.get(), chunk, std::min(sizeof chunk, n - out.size()), 0);
            if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "no answer";
            if (got <= 0) break;
            out.append(chunk, static_cast<std::size_t>(got));
        }
        return out;
    }

    struct message {
        char type = 0;  // 0: the server closed
        std::string body;
    };
    message next() {
        const auto head = receive(5);
        if (head.size() < 5) return {};
        const auto length = protocol::wire_reader(std::string_view(head).substr(1)).u32();
        return {head[0], receive(length - 4)};
    }
    // Type letters of all messages up to and including the first of type `last`, or to the end.
    std::string types_until(char last) {
        std::string types;
        for (;;) {
            const auto m = next();
            if (m.type == 0) return types;
            types.push_back(m.type);
            if (m.type == last) return types;
        }
    }
    bool at_end() { return next().type == 0; }

    void close() { fd_ = unique_fd(); }

private:
    static constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};

    void connect(const sockaddr* address, socklen_t length) {
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        connected_ = ::connect(fd_.get(), address, length) == 0;
    }

    unique_fd fd_;
    bool connected_ = false;
};

// The text of a field of an ErrorResponse body, empty when it is not there.
inline std::string error_field(std::string_view body, char code) {
    while (!body.empty() && body.front() != '\0') {
        const auto end = body.find('\0');
        if (body.front() == code) return std::string(body.substr(1, end - 1));
        body.remove_prefix(end + 1);
    }
    return {};
}

}  // namespace historyd::net
