// A bearer token to a Caller: RFC 8725, security requirements "Bearer tokens", order of checks of spec
// protocol §2.5.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "identity/caller.h"
#include "identity/keys.h"

namespace porchlight::identity {

inline constexpr std::size_t kTokenBytesMax = 16 * 1024;
inline constexpr Duration kClockSkewMax = std::chrono::minutes(5);

// Why a token is refused: the rows of spec protocol §8.1, each with one fixed text.
enum class TokenFault : std::uint8_t {
  kEmpty,      // Access token is empty.
  kMalformed,  // IDX14100: JWT is not well formed, ...
  kExpired,    // Lifetime validation failed, the token is expired.
  kNotYet,     // not valid yet
  kSignature,  // Signature is invalid.
  kKey,        // Invalid x5t claim. (unknown key, or an algorithm that is not the key's)
  kAudience,   // Access token validation failure. Invalid audience.
  kIssuer,     // issuer or tenant not trusted
};

// The exact text of §8.1.
std::string_view message(TokenFault fault);

// Verifies one token. Immutable; any thread.
class Verifier {
 public:
  // `audiences`: the exact values of `aud` that are ours.
  Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences);

  // Checks everything about `token` (the text after "Bearer ") but whether its tenant exists here.
  std::expected<Caller, TokenFault> verify(std::string_view token, Time now) const;

 private:
  std::shared_ptr<const KeySet> keys_;
  std::vector<std::string> audiences_;
};

}  // namespace porchlight::identity
