// The encryption scheme of Graph's change notifications: the data under a fresh AES key, an HMAC of the
// ciphertext under the same key, and the key under the certificate's RSA key. Every failure of OpenSSL ends
// in nullopt: the plain text is never sent instead.
#include "webhook/resource_data_encryption.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <sys/random.h>

#include <memory>

#include "base/base64.h"

namespace porchlight::webhook {
namespace {

constexpr std::size_t kBlockBytes = 16;

using CipherContext =
    std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* cipher) { EVP_CIPHER_CTX_free(cipher); })>;
using EncryptionContext =
    std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// AES-256-CBC with PKCS#7 padding; the IV is the first half of the key.
std::optional<std::string> encrypt(std::string_view plain, const ContentKey& key) {
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kBlockBytes, '\0');
  int whole = 0, rest = 0;
  if (!cipher || EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_cbc(), key.data(), key.data(), nullptr) != 1 ||
      EVP_EncryptUpdate(cipher.get(), bytes_of(out), &whole, bytes_of(plain),
                        static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), bytes_of(out) + whole, &rest) != 1)
    return std::nullopt;
  out.resize(static_cast<std::size_t>(whole) + static_cast<std::size_t>(rest));
  return out;
}

// HMAC-SHA-256 of the ciphertext.
std::optional<std::string> sign(std::string_view ciphertext, const ContentKey& key) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(ciphertext), ciphertext.size(),
            bytes_of(mac), &length))
    return std::nullopt;
  mac.resize(length);
  return mac;
}

// RSAES-OAEP with SHA-1, MGF1 with SHA-1 and no label.
std::optional<std::string> wrap(const ContentKey& key, EVP_PKEY* to) {
  const EncryptionContext context(EVP_PKEY_CTX_new(to, nullptr));
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(to)), '\0');
  std::size_t length = out.size();
  if (!context || EVP_PKEY_encrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha1()) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha1()) != 1 ||
      EVP_PKEY_encrypt(context.get(), bytes_of(out), &length, key.data(), key.size()) != 1)
    return std::nullopt;
  out.resize(length);
  return out;
}

}  // namespace

std::optional<EncryptedContent> encrypt_with_key(std::string_view plain,
                                                 const EncryptionCertificate& certificate,
                                                 const ContentKey& key) {
  const auto ciphertext = encrypt(plain, key);
  const auto signature = ciphertext ? sign(*ciphertext, key) : std::nullopt;
  const auto wrapped = signature ? wrap(key, certificate.key()) : std::nullopt;
  if (!wrapped) {
    ERR_clear_error();
    return std::nullopt;
  }
  return EncryptedContent{encode_base64(*ciphertext), encode_base64(*wrapped), encode_base64(*signature)};
}

std::optional<EncryptedContent> encrypt_resource_data(std::string_view plain,
                                                      const EncryptionCertificate& certificate) {
  ContentKey key;
  if (::getentropy(key.data(), key.size()) != 0) return std::nullopt;
  auto encrypted = encrypt_with_key(plain, certificate, key);
  OPENSSL_cleanse(key.data(), key.size());
  return encrypted;
}

}  // namespace porchlight::webhook
