// An application's secret. It is always one that was made here, of 256 random bits: nothing to guess, so a
// quick hash keeps it (docs/decisions/0005-passwords.md).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

// What is kept of it.
struct ClientSecret {
  Guid id;
  std::string hint;    // its first characters, by which people tell secrets apart
  std::string digest;  // SHA-256 of the text
  Time expires_at{};
  friend bool operator==(const ClientSecret&, const ClientSecret&) = default;
};

inline constexpr std::size_t kSecretHintChars = 3;

// A new one, and its text, which is shown once and kept nowhere.
struct NewSecret {
  ClientSecret stored;
  std::string text;
};
NewSecret make_client_secret(Time expires_at);

enum class SecretCheck : std::uint8_t { kGood, kExpired, kWrong };

// Whether `text` is one of these secrets at `now`.
SecretCheck check_client_secret(std::span<const ClientSecret> secrets, std::string_view text, Time now);

}  // namespace porchlight::authority
