// Encryption of resource data to the subscriber's certificate (spec notifications §6): AES-256-CBC under a
// key of its own, and that key under the certificate's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "webhook/encryption_certificate.h"

namespace porchlight::webhook {

// The members of `encryptedContent`, in base64.
struct EncryptedContent {
  std::string data;
  std::string data_key;
  std::string data_signature;
};

// Encrypts `plain` to the certificate's key. Returns nullopt if the random generator or OpenSSL fails: then
// no resource data may be sent.
std::optional<EncryptedContent> encrypt_resource_data(std::string_view plain,
                                                      const EncryptionCertificate& certificate);

// An AES-256 key. It must not be used twice.
using ContentKey = std::array<std::uint8_t, 32>;

// The same with a given key, for tests with known answers only. The scheme derives its IV from the key, so a
// key used twice would reveal equal beginnings.
std::optional<EncryptedContent> encrypt_with_key(std::string_view plain,
                                                 const EncryptionCertificate& certificate,
                                                 const ContentKey& key);

}  // namespace porchlight::webhook
