// Keys and certificates of subscribers, valid and invalid.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace porchlight::webhook {

using Key = std::shared_ptr<EVP_PKEY>;
using TestCertificate = std::shared_ptr<X509>;

inline Key own(EVP_PKEY* key) {
  if (!key) throw std::runtime_error("no key");
  return Key(key, EVP_PKEY_free);
}

inline Key rsa_key(unsigned bits) { return own(EVP_RSA_gen(bits)); }

// Made once, because key generation is slow.
inline const Key& rsa_2048() {
  static const Key key = rsa_key(2048);
  return key;
}

// A public key without a private half.
inline Key rsa_public(int bits, unsigned long exponent, bool odd = true) {
  BIGNUM* n = BN_new();
  BIGNUM* e = BN_new();
  BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
  if (!odd) BN_clear_bit(n, 0);
  BN_set_word(e, exponent);
  OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(build);
  BN_free(n);
  BN_free(e);
  return own(key);
}

// A self-signed certificate of `key`. `comment` makes it long.
inline TestCertificate certificate_of(const Key& key, std::chrono::seconds from = {},
                                      std::chrono::seconds to = std::chrono::hours(24),
                                      const std::string& comment = "") {
  TestCertificate made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 7);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), from.count());
  X509_gmtime_adj(X509_getm_notAfter(made.get()), to.count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("subscriber"), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  X509_set_pubkey(made.get(), key.get());
  if (!comment.empty()) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_netscape_comment, comment.c_str());
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(made.get(), rsa_2048().get(), EVP_sha256());
  return made;
}

inline std::string der_of(const TestCertificate& certificate) {
  unsigned char* raw = nullptr;
  const int length = i2d_X509(certificate.get(), &raw);
  const std::string der(reinterpret_cast<char*>(raw), static_cast<std::size_t>(length));
  OPENSSL_free(raw);
  return der;
}

inline std::string text_of(BIO* memory) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory, &text);
  const std::string copy(text, static_cast<std::size_t>(length));
  BIO_free(memory);
  return copy;
}

inline std::string pem_of(const TestCertificate& certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate.get());
  return text_of(memory);
}

inline std::string pem_of(const Key& key) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory);
}

inline std::string der_of_private(const Key& key) {
  BIO* memory = BIO_new(BIO_s_mem());
  i2d_PKCS8PrivateKey_bio(memory, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory);
}

}  // namespace porchlight::webhook
