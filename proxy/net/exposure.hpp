#pragma once

#include "proxy/net/listener.hpp"
#include "proxy/net/security.hpp"

namespace historyd::net {

// Whoever can reach a socket has to prove who he is, and from other machines under TLS. Throws
// std::runtime_error that says what is open and how to close it.
void refuse_open_doors(const listener& listening, const security& s);
// The same for HTTP, which has no TLS here: other machines may not reach it. `key` is that of the
// configuration.
void refuse_open_http(const listener& listening, const std::string& key);

}  // namespace historyd::net
