// People's passwords, of which only a slow salted hash is kept (docs/decisions/0005-passwords.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight::authority {

inline constexpr std::size_t kPasswordBytesMin = 8;
inline constexpr std::size_t kPasswordBytesMax = 256;

// What is wrong with a password to be set, if anything; a phrase that follows "the password".
std::optional<std::string> password_fault(std::string_view password);

// `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, base64url: 32 MiB and some tenths of a second. Throws
// std::runtime_error where OpenSSL fails, as it does without memory.
std::string hash_password(std::string_view password);

// Whether `hash` is one of this password. An empty or malformed hash is nobody's, and takes as long to say:
// who asks for a person that does not exist learns nothing from the time.
bool check_password(std::string_view hash, std::string_view password);

}  // namespace porchlight::authority
