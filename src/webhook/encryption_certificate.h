// The certificate of a subscription. Resource data is encrypted to its key (spec notifications §6).
#pragma once

#include <openssl/evp.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::webhook {

inline constexpr std::size_t kCertificateBytesMax = 16 * 1024;      // of the DER
inline constexpr std::size_t kCertificateTextBytesMax = 32 * 1024;  // of the base64 text
inline constexpr int kRsaBitsMin = 2048, kRsaBitsMax = 4096;

// A parsed certificate. Immutable; copies share the key; usable from any thread.
class EncryptionCertificate {
 public:
  // Parses `encryptionCertificate`: base64 of DER, or of PEM text that holds one certificate and nothing
  // else. Blanks and line ends in the base64 are ignored. The key must be RSA of 2048 to 4096 bits. The
  // issuer, the key usage and the dates are not checked. The error is the rest of a sentence about "it", such
  // as "it is not base64".
  static std::expected<EncryptionCertificate, std::string_view> parse(std::string_view base64);

  // The SHA-1 of the DER in upper-case hexadecimal: `encryptionCertificateThumbprint`. An identifier, not a
  // proof.
  const std::string& thumbprint() const { return thumbprint_; }
  // Whether `notAfter` has passed. An expired certificate is still used; the log gets a line.
  bool expired(Time now) const { return now > not_after_; }
  // The RSA public key. Owned by this object and its copies.
  EVP_PKEY* key() const { return key_.get(); }

 private:
  EncryptionCertificate(std::shared_ptr<EVP_PKEY> key, std::string thumbprint, Time not_after)
      : key_(std::move(key)), thumbprint_(std::move(thumbprint)), not_after_(not_after) {}

  std::shared_ptr<EVP_PKEY> key_;
  std::string thumbprint_;
  Time not_after_;
};

}  // namespace porchlight::webhook
