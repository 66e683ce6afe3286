// The certificate of a subscription: to its key, what is sent with resource data is sealed (spec
// notifications §6).
#pragma once

#include <openssl/evp.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::webhook {

inline constexpr std::size_t kCertificateBytesMax = 16 * 1024;      // of DER
inline constexpr std::size_t kCertificateTextBytesMax = 32 * 1024;  // of base64, of DER or of PEM
inline constexpr int kRsaBitsMin = 2048, kRsaBitsMax = 4096;

// Immutable; copies share the key; any thread.
class EncryptionCertificate {
 public:
  // From `encryptionCertificate`: base64 of DER, or of PEM text with one certificate and nothing else; line
  // ends and blanks in the base64 are passed over. The key must be RSA of 2048 to 4096 bits. Who signed the
  // certificate, what it may be used for and its dates do not matter. An error says what is wrong with it, as
  // what is said of "it".
  static std::expected<EncryptionCertificate, std::string_view> parse(std::string_view base64);

  // SHA-1 of the DER in upper-case hexadecimal: `encryptionCertificateThumbprint`. A name, not a proof of
  // anything.
  const std::string& thumbprint() const { return thumbprint_; }
  // Past its last day, which is worth a line in the log and no more.
  bool expired(Time now) const { return now > not_after_; }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  EncryptionCertificate(std::shared_ptr<EVP_PKEY> key, std::string thumbprint, Time not_after)
      : key_(std::move(key)), thumbprint_(std::move(thumbprint)), not_after_(not_after) {}

  std::shared_ptr<EVP_PKEY> key_;
  std::string thumbprint_;
  Time not_after_;
};

}  // namespace porchlight::webhook
