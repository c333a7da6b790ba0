#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "proxy/protocol/scram_verifier.hpp"
#include "storage/base/sql_error.hpp"

namespace historyd::auth {

// Users and their verifiers, in the form of PgBouncer's userlist.txt: a line each,
//   "name" "SCRAM-SHA-256$4096:salt$StoredKey:ServerKey"
// A quote inside quotes is doubled; a line that begins with ; is a comment.
class user_list {
public:
    // Errors: F0000 with name, line and what to do; a password in the clear or an MD5 hash is one.
    static result<user_list> parse(std::string_view text, const std::string& name);
    // A file that does not exist has no users. One that others may read is refused.
    static result<user_list> load(const std::filesystem::path& file);

    // Returns: nullptr when there is no such user.
    const protocol::scram_verifier* find(std::string_view user) const;
    bool empty() const { return users_.empty(); }

    // What salts of users that do not exist are drawn from: stays while the first user does.
    std::string mock_secret() const;

private:
    std::map<std::string, protocol::scram_verifier, std::less<>> users_;
};

enum class user_change { added, replaced };

// Writes the user's line; all others stay as they are. The file is replaced as a whole, and synced,
// or not at all. Errors: F0000, 58030.
result<user_change> store_user(const std::filesystem::path& file, std::string_view user,
                               const protocol::scram_verifier& verifier);

}  // namespace historyd::auth
