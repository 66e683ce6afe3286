#include "authority/certificates.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace porchlight::authority::testing {

Identity make_identity(const std::string& kind, int bits) {
  Identity made;
  made.key = identity::own(kind == "RSA" ? EVP_RSA_gen(static_cast<unsigned>(bits)) : EVP_EC_gen("P-256"));
  X509* x509 = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  ASN1_TIME_set(X509_getm_notBefore(x509), kNow - 86'400);
  ASN1_TIME_set(X509_getm_notAfter(x509), kNow + 30 * 86'400);
  X509_set_pubkey(x509, made.key.get());
  X509_NAME* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("robot"), -1,
                             -1, 0);
  X509_set_issuer_name(x509, name);
  if (X509_sign(x509, made.key.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate");
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, x509);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  made.pem.assign(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  X509_free(x509);
  return made;
}

const Identity& robot() {
  static const Identity made = make_identity("RSA", 2048);
  return made;
}
const Identity& stranger() {
  static const Identity made = make_identity("RSA", 2048);
  return made;
}

std::string sign_text(const Identity& signer, std::string_view text, bool pss) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  std::string signature(1024, '\0');
  std::size_t length = signature.size();
  bool good = EVP_DigestSignInit(context, &options, EVP_sha256(), nullptr, signer.key.get()) == 1;
  if (good && pss) {
    good = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  good = good && EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                                reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!good) throw std::runtime_error("signing failed");
  signature.resize(length);
  return signature;
}

}  // namespace porchlight::authority::testing
