// Key pairs with self-signed certificates, generated once per test program.
#pragma once

#include <openssl/evp.h>

#include <string>

#include "authority/client_certificate.h"
#include "identity/keys.h"

namespace porchlight::authority::testing {

inline constexpr std::int64_t kNow = 1'900'000'000;
inline Time at(std::int64_t seconds_after) { return Time(std::chrono::seconds(kNow + seconds_after)); }

struct Identity {
  identity::EvpKey key;
  std::string pem;
};

// A key pair of that kind ("RSA" with that many bits, or "EC"). The certificate is valid from a day before kNow to 30
// days after it.
Identity make_identity(const std::string& kind, int bits);

// The identity of the test application, and an unregistered one. RSA 2048.
const Identity& robot();
const Identity& stranger();

// A signature over `text` with SHA-256; PKCS #1 v1.5 or PSS.
std::string sign_text(const Identity& signer, std::string_view text, bool pss);

}  // namespace porchlight::authority::testing
