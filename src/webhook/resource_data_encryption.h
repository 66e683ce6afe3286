// Resource data, sealed so that only the subscriber can read it (spec notifications §6): AES-256-CBC under a
// key of its own, that key under the certificate's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "webhook/encryption_certificate.h"

namespace porchlight::webhook {

// The members of `encryptedContent`, as they are written.
struct EncryptedContent {
  std::string data;
  std::string data_key;
  std::string data_signature;
};

// `plain` for the holder of the certificate's key. Nothing where the machine cannot (its random generator or
// OpenSSL fails): then nothing may be sent, and never the plain text.
std::optional<EncryptedContent> encrypt_resource_data(std::string_view plain,
                                                      const EncryptionCertificate& certificate);

using ContentKey = std::array<std::uint8_t, 32>;

// The same with a key that is given, for known answers only: the scheme takes its IV from the key, so that a
// key used twice would tell equal beginnings.
std::optional<EncryptedContent> encrypt_with_key(std::string_view plain,
                                                 const EncryptionCertificate& certificate,
                                                 const ContentKey& key);

}  // namespace porchlight::webhook
