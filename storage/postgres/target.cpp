#include "storage/postgres/target.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace historyd::postgres {

namespace {

struct options_deleter {
    void operator()(PQconninfoOption* o) const { PQconninfoFree(o); }
};

sql_error wrong(const std::string& why) {
    return {sqlstate::config_file_error, "backend.url: " + why};
}

result<std::string> first_line(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    if (!in || !std::getline(in, line)) {
        return sql_error(sqlstate::config_file_error,
                         "backend.password_file: cannot read a line from " + file);
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
    return line;
}

bool is_local(std::string_view host) {
    return host.empty() || host.front() == '/' || host.front() == '@' || host == "localhost" ||
           host == "::1" || host.starts_with("127.");
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> out(1);
    for (const char c : list) {
        if (c == ',') {
            out.emplace_back();
        } else {
            out.back().push_back(c);
        }
    }
    return out;
}

}  // namespace

result<target> target::parse(const std::string& url, const std::string& password_file,
                             std::chrono::milliseconds silence_max) {
    char* why = nullptr;
    const std::unique_ptr<PQconninfoOption, options_deleter> options(
        PQconninfoParse(url.c_str(), &why));
    // libpq's reason quotes the text, and the text may hold a password.
    PQfreemem(why);
    if (options == nullptr) {
        return wrong(
            "neither a PostgreSQL URL (postgresql://user@host:port/database) nor "
            "keyword=value pairs");
    }
    target t;
    for (const auto* o = options.get(); o->keyword != nullptr; ++o) {
        if (o->val == nullptr) continue;
        const std::string keyword = o->keyword;
        // Session state: a pooler in transaction mode refuses it or gives it to someone else.
        if (keyword == "options") return wrong("\"options\" does not work behind a pooler");
        t.parameters_.push_back({keyword, o->val});
    }
    t.password_file_ = password_file;
    auto complete = t.with_current_password();
    if (!complete) return complete;
    t = *std::move(complete);
    t.set_default("sslmode", t.is_remote() ? "verify-full" : "prefer");
    t.set_default("keepalives", "1");
    t.set_default("keepalives_idle", "30");
    t.set_default("keepalives_interval", "10");
    t.set_default("keepalives_count", "3");
    t.set_default("tcp_user_timeout", std::to_string(silence_max.count()));
    t.set_default("gssencmode", "disable");
    if (t.hosts().size() > 1) t.set_default("target_session_attrs", "read-write");
    return t;
}

result<target> target::with_current_password() const {
    target t = *this;
    if (password_file_.empty()) return t;
    auto password = first_line(password_file_);
    if (!password) return password.error();
    t.set("password", *std::move(password));
    return t;
}

void target::set(const std::string& keyword, std::string value) {
    std::erase_if(parameters_, [&](const parameter& p) { return p.keyword == keyword; });
    parameters_.push_back({keyword, std::move(value)});
}

void target::set_default(const std::string& keyword, std::string value) {
    if (this->value(keyword).empty()) set(keyword, std::move(value));
}

// Lists that do not go together are left to libpq, which says so.
std::vector<target> target::hosts() const {
    std::size_t count = 1;
    for (const auto* keyword : {"host", "hostaddr"}) {
        count = std::max(count, split(value(keyword)).size());
    }
    std::vector<target> out(count, *this);
    for (const std::string keyword : {"host", "hostaddr", "port"}) {
        const auto entries = split(value(keyword));
        const bool absent = entries.size() == 1 && entries.front().empty();
        if (absent || (keyword == "port" && entries.size() == 1)) continue;
        if (entries.size() != count) return {*this};
        for (std::size_t i = 0; i < count; ++i) out[i].set(keyword, entries[i]);
    }
    return out;
}

std::string target::value(std::string_view keyword) const {
    const auto found = std::ranges::find(parameters_, keyword, &parameter::keyword);
    return found == parameters_.end() ? std::string() : found->value;
}

bool target::is_remote() const {
    const auto any_remote = [](std::string_view list) {
        while (!list.empty()) {
            const auto comma = std::min(list.find(','), list.size());
            if (!is_local(list.substr(0, comma))) return true;
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
        return false;
    };
    return any_remote(value("host")) || any_remote(value("hostaddr"));
}

std::vector<const char*> target::keywords() const {
    std::vector<const char*> out;
    for (const auto& p : parameters_) out.push_back(p.keyword.c_str());
    out.push_back(nullptr);
    return out;
}

std::vector<const char*> target::values() const {
    std::vector<const char*> out;
    for (const auto& p : parameters_) out.push_back(p.value.c_str());
    out.push_back(nullptr);
    return out;
}

std::string target::shown() const {
    const auto user = value("user"), host = value("host"), port = value("port");
    return (user.empty() ? "" : user + "@") + (host.empty() ? "local socket" : host) +
           (port.empty() ? "" : ":" + port) + "/" + value("dbname");
}

}  // namespace historyd::postgres
