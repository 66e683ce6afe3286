// Registered certificates, whose keys verify client assertions (RFC 7523; header members x5t and x5t#S256 of
// RFC 7515 §4.1.7).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/time.h"
#include "identity/keys.h"

namespace porchlight::authority {

inline constexpr std::size_t kCertificateBytesMax = 16 * 1024;

struct ClientCertificate {
  identity::EvpKey key;       // RSA of 2048 to 4096 bits
  std::string der;            // as registered
  std::string thumbprint;     // x5t: SHA-1, base64url. Selects the key; security does not depend on it
  std::string thumbprint256;  // x5t#S256
  Time not_before{};
  Time not_after{};

  // Parses one certificate in PEM, with only white space around it. The error is a sentence.
  static std::expected<ClientCertificate, std::string> parse_pem(std::string_view pem);
  // The same from its DER.
  static std::expected<ClientCertificate, std::string> parse_der(std::string_view der);

  friend bool operator==(const ClientCertificate& a, const ClientCertificate& b) { return a.der == b.der; }
};

}  // namespace porchlight::authority
