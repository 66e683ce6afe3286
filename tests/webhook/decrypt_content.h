// Decryption of resource data, as a receiver does it (spec notifications §6).
#pragma once

#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <string>

#include "base/base64.h"
#include "webhook/keys.h"
#include "webhook/resource_data_encryption.h"

namespace porchlight::webhook {

// The content key.
inline std::string unwrap(const std::string& data_key, const Key& key) {
  const std::string wrapped = decode_base64(data_key).value();
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key.get(), nullptr);
  EVP_PKEY_decrypt_init(context);
  EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
  EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1());
  EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1());
  std::string out(wrapped.size(), '\0');
  std::size_t length = out.size();
  const int done = EVP_PKEY_decrypt(context, reinterpret_cast<unsigned char*>(out.data()), &length,
                                    reinterpret_cast<const unsigned char*>(wrapped.data()), wrapped.size());
  EVP_PKEY_CTX_free(context);
  if (done != 1) throw std::runtime_error("the key cannot be unwrapped");
  out.resize(length);
  return out;
}

// The plain text.
inline std::string decrypt_content(const EncryptedContent& encrypted, const Key& key) {
  const std::string content_key = unwrap(encrypted.data_key, key);
  const std::string data = decode_base64(encrypted.data).value();
  const auto* raw_key = reinterpret_cast<const unsigned char*>(content_key.data());
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), raw_key, 32, reinterpret_cast<const unsigned char*>(data.data()), data.size(),
       reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  if (encode_base64(mac) != encrypted.data_signature) throw std::runtime_error("the signature is wrong");
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), raw_key, raw_key, nullptr);
  std::string plain(data.size(), '\0');
  int whole = 0, rest = 0;
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  EVP_DecryptUpdate(cipher, out, &whole, reinterpret_cast<const unsigned char*>(data.data()),
                    static_cast<int>(data.size()));
  const int done = EVP_DecryptFinal_ex(cipher, out + whole, &rest);
  EVP_CIPHER_CTX_free(cipher);
  if (done != 1) throw std::runtime_error("the padding is wrong");
  plain.resize(static_cast<std::size_t>(whole + rest));
  return plain;
}

}  // namespace porchlight::webhook
