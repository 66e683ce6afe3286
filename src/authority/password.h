// Passwords of users. Only a slow, salted hash is stored (docs/decisions/0005-passwords.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "directory/directory.h"

namespace porchlight::authority {

inline constexpr std::size_t kPasswordBytesMin = 8;
inline constexpr std::size_t kPasswordBytesMax = 256;

// The reason why a new password of the user is refused, as a phrase after "the password"; nullopt if it is accepted.
// Refuses a wrong length, and what cracklib finds easy to guess: words of its dictionary, the user's own name and
// regular patterns. Reads the dictionary that Debian's cracklib-runtime installs; without it every password is refused.
// Any thread; one call at a time runs, the others wait.
std::optional<std::string> password_fault(std::string_view password, const directory::User& user);

// `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, in base64url. Uses 32 MiB and some tenths of a second. Throws
// std::runtime_error if OpenSSL fails, which happens only without memory.
std::string hash_password(std::string_view password);

// Returns true if `hash` is a hash of the password. An empty or malformed hash matches no password, after the same
// time: so the time does not reveal whether a user exists.
bool check_password(std::string_view hash, std::string_view password);

}  // namespace porchlight::authority
