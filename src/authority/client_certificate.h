// A certificate by whose key an application proves who it is (RFC 7523; header members x5t and x5t#S256 of
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
  std::string thumbprint;     // x5t: SHA-1, base64url. A name for the key, not a proof of anything
  std::string thumbprint256;  // x5t#S256
  Time not_before{};
  Time not_after{};

  // One certificate in PEM with nothing else but white space around it. An error is the text of what is
  // wrong.
  static std::expected<ClientCertificate, std::string> parse_pem(std::string_view pem);
  // The same from its DER.
  static std::expected<ClientCertificate, std::string> parse_der(std::string_view der);

  friend bool operator==(const ClientCertificate& a, const ClientCertificate& b) { return a.der == b.der; }
};

}  // namespace porchlight::authority
