#include "proxy/user_command.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "proxy/auth/user_file.hpp"

namespace historyd {

namespace {

// The terminal shows nothing that is typed while this lives.
class hidden_input {
public:
    hidden_input() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) {
            throw std::runtime_error("cannot hide what is typed on this terminal");
        }
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    hidden_input(const hidden_input&) = delete;
    hidden_input& operator=(const hidden_input&) = delete;
    ~hidden_input() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

private:
    termios before_{};
};

std::string read_line() {
    std::string line;
    std::getline(std::cin, line);
    return line;
}

std::string ask(const std::string& prompt) {
    std::fprintf(stderr, "%s", prompt.c_str());
    const hidden_input hidden;
    auto line = read_line();
    std::fprintf(stderr, "\n");
    return line;
}

std::string read_password(const std::string& name) {
    if (::isatty(STDIN_FILENO) == 0) return read_line();
    auto password = ask("Password for " + name + ": ");
    if (ask("Again: ") != password) throw std::runtime_error("the passwords are not the same");
    return password;
}

}  // namespace

void add_user(const std::filesystem::path& user_file, const std::string& name) {
    if (name.empty() || name.find_first_of("\n\r") != name.npos) {
        throw std::runtime_error("a user's name is one line and not empty");
    }
    auto password = read_password(name);
    if (password.empty()) throw std::runtime_error("the password is empty");
    std::string salt(protocol::scram_salt_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size())) !=
        1) {
        throw std::runtime_error("the system gives no random bytes");
    }
    const auto verifier = protocol::scram_verifier::of(password, std::move(salt));
    OPENSSL_cleanse(password.data(), password.size());
    const auto stored = auth::store_user(user_file, name, verifier);
    if (!stored) {
        const auto& e = stored.error();
        throw std::runtime_error(e.message + (e.hint.empty() ? "" : "; " + e.hint));
    }
    std::printf("%s %s in %s; a running historyd reads it on SIGHUP\n", name.c_str(),
                *stored == auth::user_change::added ? "added" : "replaced",
                std::filesystem::absolute(user_file).c_str());
}

}  // namespace historyd
