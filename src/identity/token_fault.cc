#include "identity/token_fault.h"

namespace porchlight::identity {

// The texts are the real service's own; clients compare them.
std::string_view message(TokenFault fault) {
  switch (fault) {
    case TokenFault::kEmpty:
      return "Access token is empty.";
    case TokenFault::kMalformed:
      // "EndcodedPayload" is spelled as the real service spells it.
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
    case TokenFault::kRevoked:
      return "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
             "TokenIssuedBeforeRevocationTimestamp";
    case TokenFault::kIssuer:
      break;
  }
  return "Access token validation failure. Invalid issuer.";
}

}  // namespace porchlight::identity
