// Why a bearer token is refused.
#pragma once

#include <cstdint>
#include <string_view>

namespace porchlight::identity {

// The rows of spec protocol §8.1, each with one fixed text.
enum class TokenFault : std::uint8_t {
  kEmpty,      // no token at all
  kMalformed,  // not a JWT as it should be: form, header, or claims of a wrong type
  kExpired,    // past exp
  kNotYet,     // before nbf
  kSignature,  // the key is known and did not sign this
  kKey,        // unknown key, or an algorithm that is not the key's
  kAudience,   // meant for another service
  kIssuer,     // issuer or tenant not trusted
};

// The exact text of §8.1. Nothing of the token is in it.
std::string_view message(TokenFault fault);

}  // namespace porchlight::identity
