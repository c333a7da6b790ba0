#include "proxy/net/security.hpp"

#include <stdexcept>

namespace historyd::net {

namespace {

template <class T>
T or_throw(result<T> done) {
    if (done) return std::move(*done);
    const auto& e = done.error();
    throw std::runtime_error(e.message + (e.hint.empty() ? "" : "; " + e.hint));
}

}  // namespace

std::shared_ptr<const security> security_source::read(const security_options& options) {
    auto made = std::make_shared<security>();
    made->tls = or_throw(make_tls_context(options.tls));
    made->users = or_throw(auth::user_list::load(options.user_file));
    made->rules = options.rules.empty() ? conf::default_rules() : options.rules;
    made->user_map = options.user_map;
    made->databases = options.databases;
    made->failure_delay = options.failure_delay;
    made->failures = options.failures;
    return made;
}

security_source::security_source(const security_options& options) { current_ = read(options); }

std::shared_ptr<const security> security_source::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

void security_source::put(std::shared_ptr<const security> next) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
}

}  // namespace historyd::net
