// Token signatures: RS256 and ES256 only (RFC 7518 §3.3, RFC 7518 §3.4).
#pragma once

#include <string>
#include <string_view>

#include "identity/keys.h"

namespace porchlight::identity {

// Whether `signature` is valid for `text` by this key and its algorithm. Thread-safe.
bool verify_signature(const PublicKey& key, std::string_view text, std::string_view signature);

// Signs `text` with a private key, in the format of tokens. Throws std::runtime_error if OpenSSL has no
// memory or no random bytes.
std::string make_signature(Algorithm algorithm, EVP_PKEY* key, std::string_view text);

}  // namespace porchlight::identity
