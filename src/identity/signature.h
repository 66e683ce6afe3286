// Signatures of tokens (RFC 7518 §3.3, §3.4): RS256 and ES256, and no other.
#pragma once

#include <string>
#include <string_view>

#include "identity/keys.h"

namespace porchlight::identity {

// Whether `signature` is one over `text` by this key with its one algorithm. Any thread, many at a time.
bool verify_signature(const PublicKey& key, std::string_view text, std::string_view signature);

// The signature over `text` by a private key, as a token carries it. Throws std::runtime_error where OpenSSL
// has no memory or no random bytes.
std::string make_signature(Algorithm algorithm, EVP_PKEY* key, std::string_view text);

}  // namespace porchlight::identity
