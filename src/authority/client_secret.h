// Secrets of applications. They are always generated here, from 256 random bits, and cannot be guessed; so a fast hash
// protects them (docs/decisions/0005-passwords.md).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

// The stored part of a secret.
struct ClientSecret {
  Guid id;
  std::string hint;    // its first characters, for lists of secrets
  std::string digest;  // SHA-256 of the text
  Time expires_at{};
  friend bool operator==(const ClientSecret&, const ClientSecret&) = default;
};

inline constexpr std::size_t kSecretHintChars = 3;

// A new secret. The text is shown once and not stored.
struct NewSecret {
  ClientSecret stored;
  std::string text;
};
NewSecret make_client_secret(Time expires_at);

enum class SecretCheck : std::uint8_t { kGood, kExpired, kWrong };

// Compares `text` with each of the secrets in constant time. kExpired: it matches one that has expired.
SecretCheck check_client_secret(std::span<const ClientSecret> secrets, std::string_view text, Time now);

}  // namespace porchlight::authority
