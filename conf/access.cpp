#include "conf/access.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace historyd::conf {

namespace {

constexpr std::array<std::pair<std::string_view, connection_type>, 4> types = {
    {{"local", connection_type::local},
     {"host", connection_type::host},
     {"hostssl", connection_type::hostssl},
     {"hostnossl", connection_type::hostnossl}}};

constexpr std::array<std::pair<std::string_view, auth_method>, 6> methods = {
    {{"trust", auth_method::trust},
     {"reject", auth_method::reject},
     {"peer", auth_method::peer},
     {"scram-sha-256", auth_method::scram_sha_256},
     {"scram-sha-256-plus", auth_method::scram_sha_256_plus},
     {"cert", auth_method::cert}}};

template <class Names, class T>
std::string_view name_in(const Names& names, T wanted) {
    return std::find_if(names.begin(), names.end(),
                        [&](const auto& n) { return n.second == wanted; })
        ->first;
}

template <class Names>
auto value_in(const Names& names, std::string_view wanted) {
    const auto at =
        std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == wanted; });
    return at == names.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace

std::string_view to_string(connection_type t) { return name_in(types, t); }
std::string_view to_string(auth_method m) { return name_in(methods, m); }
std::optional<connection_type> connection_type_of(std::string_view text) {
    return value_in(types, text);
}
std::optional<auth_method> auth_method_of(std::string_view text) { return value_in(methods, text); }

std::vector<auth_rule> default_rules() {
    auth_rule socket, v4, v6;
    socket.type = connection_type::local;
    v4.address = *address_range::parse("127.0.0.0/8");
    v6.address = *address_range::parse("::1/128");
    for (auto* rule : {&socket, &v4, &v6}) rule->method = auth_method::trust;
    return {socket, v4, v6};
}

}  // namespace historyd::conf
