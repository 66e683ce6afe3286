// The reasons for refusing a bearer token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace porchlight::identity {

// The rows of spec protocol §8.1. Each has one fixed text.
enum class TokenFault : std::uint8_t {
  kEmpty,      // no token at all
  kMalformed,  // not a valid JWT: form, header, or a claim of a wrong type
  kExpired,    // past exp
  kNotYet,     // before nbf
  kSignature,  // the key is known and did not sign this
  kKey,        // unknown key, or another algorithm than the key's
  kAudience,   // for another service
  kIssuer,     // issuer or tenant not trusted
  kRevoked,    // was valid: its application or user was removed, or it was revoked
};
inline constexpr std::size_t kTokenFaults = 9;

// Whether the fault is found after the check of a signature, which costs more than all else of a request.
constexpr bool costs_signature(TokenFault fault) {
  return fault != TokenFault::kEmpty && fault != TokenFault::kMalformed && fault != TokenFault::kKey;
}

// The exact text of spec protocol §8.1. It contains nothing from the token.
std::string_view message(TokenFault fault);

}  // namespace porchlight::identity
