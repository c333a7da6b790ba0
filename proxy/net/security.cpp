#include "proxy/net/security.hpp"

#include <stdexcept>

namespace historyd::net {

result<std::shared_ptr<const security>> security_source::read(const security_options& options) {
    auto made = std::make_shared<security>();
    auto tls = make_tls_context(options.tls);
    if (!tls) return tls.error();
    made->tls = std::move(*tls);
    auto users = auth::user_list::load(options.user_file);
    if (!users) return users.error();
    made->users = std::move(*users);
    made->rules = options.rules.empty() ? conf::default_rules() : options.rules;
    made->user_map = options.user_map;
    made->databases = options.databases;
    made->failure_delay = options.failure_delay;
    made->failures = options.failures;
    return std::shared_ptr<const security>(std::move(made));
}

security_source::security_source(const security_options& options) {
    auto first = read(options);
    if (!first) {
        const auto& e = first.error();
        throw std::runtime_error(e.message + (e.hint.empty() ? "" : "; " + e.hint));
    }
    current_ = std::move(*first);
}

std::shared_ptr<const security> security_source::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

result<void> security_source::reload(const security_options& options) {
    auto next = read(options);
    if (!next) return next.error();
    const std::lock_guard lock(mutex_);
    current_ = std::move(*next);
    return {};
}

}  // namespace historyd::net
