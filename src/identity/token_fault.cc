#include "identity/token_fault.h"

namespace porchlight::identity {

std::string_view message(TokenFault fault) {
  switch (fault) {
    case TokenFault::kEmpty:
      return "Access token is empty.";
    case TokenFault::kMalformed:
      // The spelling of the last word but one is the service's own.
      return "IDX14100: JWT is not well formed, there are no dots (.).\n"
             "The token needs to be in JWS or JWE Compact Serialization Format. "
             "(JWS): 'EncodedHeader.EndcodedPayload.EncodedSignature'.";
    case TokenFault::kExpired:
      return "Lifetime validation failed, the token is expired.";
    case TokenFault::kNotYet:
      return "Lifetime validation failed, the token is not yet valid.";
    case TokenFault::kSignature:
      return "Signature is invalid.";
    case TokenFault::kKey:
      return "Invalid x5t claim.";
    case TokenFault::kAudience:
      return "Access token validation failure. Invalid audience.";
    case TokenFault::kIssuer:
      break;
  }
  return "Access token validation failure. Invalid issuer.";
}

}  // namespace porchlight::identity
