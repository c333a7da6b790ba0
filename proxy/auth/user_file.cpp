#include "proxy/auth/user_file.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

#include "storage/base/unique_fd.hpp"

namespace historyd::auth {

namespace {

constexpr std::size_t secret_bytes = 32;

sql_error cannot(const char* what, const std::filesystem::path& file) {
    return {sqlstate::io_error,
            std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno)};
}

void skip_blanks(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
}

// "..." at the front. Returns: nothing when it is not there, or does not end.
std::optional<std::string> take_quoted(std::string_view& rest) {
    if (!rest.starts_with('"')) return std::nullopt;
    std::string out;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] != '"') {
            out.push_back(rest[i]);
        } else if (i + 1 < rest.size() && rest[i + 1] == '"') {
            out.push_back(rest[i++]);
        } else {
            rest.remove_prefix(i + 1);
            return out;
        }
    }
    return std::nullopt;
}

struct entry {
    std::string user, verifier;
};

// Returns: nothing for an empty line or a comment. Errors: what is wrong.
result<std::optional<entry>> read_line(std::string_view line) {
    skip_blanks(line);
    if (line.empty() || line.front() == ';' || line.front() == '#') return std::optional<entry>{};
    auto user = take_quoted(line);
    skip_blanks(line);
    auto verifier = take_quoted(line);
    if (!user || !verifier || user->empty()) {
        return sql_error(sqlstate::config_file_error, "a line is \"name\" \"verifier\"");
    }
    return std::optional(entry{std::move(*user), std::move(*verifier)});
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    return out + "\"";
}

// Returns: nothing when there is no such file.
result<std::optional<std::string>> read_file(const std::filesystem::path& file) {
    const unique_fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0 && errno == ENOENT) return std::optional<std::string>{};
    struct stat status {};
    if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) return cannot("read", file);
    if ((status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0) {
        return sql_error(sqlstate::config_file_error,
                         file.string() + " is open to other users of this machine")
            .with_hint("chmod 600 " + file.string());
    }
    std::string text;
    char chunk[4096];
    for (ssize_t n = 0; (n = ::read(fd.get(), chunk, sizeof chunk)) != 0;) {
        if (n < 0) return cannot("read", file);
        text.append(chunk, static_cast<std::size_t>(n));
    }
    return std::optional(std::move(text));
}

// Beside the file, then in its place.
result<void> replace_file(const std::filesystem::path& file, std::string_view text) {
    const auto absolute = std::filesystem::absolute(file);
    const auto beside = absolute.string() + ".new";
    ::unlink(beside.c_str());
    const unique_fd fd(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd.get() < 0) return cannot("write", beside);
    // What root makes in the daemon's directory has to be the daemon's.
    struct stat owner {};
    if (::geteuid() == 0 && (::stat(absolute.c_str(), &owner) == 0 ||
                             ::stat(absolute.parent_path().c_str(), &owner) == 0)) {
        if (::fchown(fd.get(), owner.st_uid, owner.st_gid) != 0) return cannot("own", beside);
    }
    while (!text.empty()) {
        const auto n = ::write(fd.get(), text.data(), text.size());
        if (n < 0) return cannot("write", beside);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(fd.get()) != 0) return cannot("sync", beside);
    if (::rename(beside.c_str(), absolute.c_str()) != 0) return cannot("replace", file);
    const unique_fd folder(
        ::open(absolute.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) return cannot("sync the folder of", file);
    return {};
}

}  // namespace

result<user_list> user_list::parse(std::string_view text, const std::string& name) {
    user_list list;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const auto wrong = [&](const std::string& why) {
            return sql_error(sqlstate::config_file_error,
                             name + ":" + std::to_string(number) + ": " + why);
        };
        auto read = read_line(line);
        if (!read) return wrong(read.error().message);
        if (!*read) continue;
        auto verifier = protocol::scram_verifier::parse((*read)->verifier);
        if (!verifier) {
            return wrong(
                "no SCRAM-SHA-256 verifier, and passwords are not kept here: run "
                "`historyd user add " +
                (*read)->user + "`");
        }
        list.users_.insert_or_assign((*read)->user, std::move(*verifier));
    }
    return list;
}

result<user_list> user_list::load(const std::filesystem::path& file) {
    const auto text = read_file(file);
    if (!text) return text.error();
    return *text ? parse(**text, file.string()) : user_list();
}

const protocol::scram_verifier* user_list::find(std::string_view user) const {
    const auto at = users_.find(user);
    return at == users_.end() ? nullptr : &at->second;
}

std::string user_list::mock_secret() const {
    if (!users_.empty()) return protocol::sha_256(users_.begin()->second.text());
    static const std::string drawn = [] {
        std::string bytes(secret_bytes, '\0');
        RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), secret_bytes);
        return bytes;
    }();
    return drawn;
}

result<user_change> store_user(const std::filesystem::path& file, std::string_view user,
                               const protocol::scram_verifier& verifier) {
    const auto text = read_file(file);
    if (!text) return text.error();
    const auto own_line = in_quotes(user) + " " + in_quotes(verifier.text()) + "\n";
    std::string out, line;
    bool found = false;
    std::istringstream lines(text->value_or(""));
    while (std::getline(lines, line)) {
        const auto read = read_line(line);
        if (read && *read && (*read)->user == user) {
            if (!found) out += own_line;
            found = true;
        } else {
            out += line + "\n";
        }
    }
    if (!found) out += own_line;
    if (auto replaced = replace_file(file, out); !replaced) return replaced.error();
    return found ? user_change::replaced : user_change::added;
}

}  // namespace historyd::auth
