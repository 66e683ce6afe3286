// Reads the certificate of a subscription from what its creator sent: base64 of DER, or of PEM as .NET
// clients send it. The input is untrusted, so the accepted form is narrow: one certificate, one encoding, an
// RSA key of bounded size.
#include "webhook/encryption_certificate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <ctime>
#include <optional>

#include "base/base64.h"
#include "base/text.h"

namespace porchlight::webhook {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
constexpr std::string_view kBlank = " \t\r\n";
constexpr unsigned long kExponentMin = 65537;
constexpr int kExponentBitsMax = 64;  // a longer exponent only makes encryption slow

using X509Ptr = std::unique_ptr<X509, decltype([](X509* x) { X509_free(x); })>;
using BignumPtr = std::unique_ptr<BIGNUM, decltype([](BIGNUM* number) { BN_free(number); })>;
using InvalidCertificate = std::unexpected<std::string_view>;

// Decodes base64 as .NET does: blanks and line ends are ignored.
std::optional<std::string> decode_broken_lines(std::string_view text) {
  std::string joined;
  joined.reserve(text.size());
  for (const char c : text)
    if (kBlank.find(c) == kBlank.npos) joined += c;
  return decode_base64(joined);
}

// Returns the DER inside PEM text that is exactly one certificate.
std::expected<std::string, std::string_view> unwrap_pem(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") != pem.npos)
    return InvalidCertificate("it contains a private key, which must stay with its owner");
  std::string_view body = trimmed(pem);
  if (!body.starts_with(kBegin) || !body.ends_with(kEnd) || body.size() < kBegin.size() + kEnd.size())
    return InvalidCertificate("it is not one certificate in PEM");
  body.remove_prefix(kBegin.size());
  body.remove_suffix(kEnd.size());
  auto der = decode_broken_lines(body);
  if (!der) return InvalidCertificate("it is not one certificate in PEM");
  return *std::move(der);
}

// Parses a certificate. Returns null if `der` is not the DER that OpenSSL writes for it, so that each
// certificate has one thumbprint.
X509Ptr read_der(std::string_view der) {
  const auto* read = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = read + der.size();
  X509Ptr x509(d2i_X509(nullptr, &read, static_cast<long>(der.size())));
  if (!x509 || read != end) return nullptr;
  unsigned char* raw = nullptr;
  const int length = i2d_X509(x509.get(), &raw);
  const bool same =
      length >= 0 && der == std::string_view(reinterpret_cast<char*>(raw), static_cast<std::size_t>(length));
  OPENSSL_free(raw);
  return same ? std::move(x509) : nullptr;
}

// A number of an RSA key, such as the modulus. Null if the key has none.
BignumPtr parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  return BignumPtr(number);
}

// Returns why the key cannot be used, or nullopt.
std::optional<std::string_view> key_error(const EVP_PKEY* key) {
  if (!key || EVP_PKEY_is_a(key, "RSA") != 1) return "its key is not RSA";
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) return "its RSA key is not of 2048 to 4096 bits";
  const BignumPtr modulus = parameter(key, OSSL_PKEY_PARAM_RSA_N);
  const BignumPtr exponent = parameter(key, OSSL_PKEY_PARAM_RSA_E);
  // An exponent of 1 would encrypt nothing.
  const bool good = modulus && exponent && BN_is_odd(modulus.get()) && BN_is_odd(exponent.get()) &&
                    BN_num_bits(exponent.get()) <= kExponentBitsMax &&
                    BN_get_word(exponent.get()) >= kExponentMin;
  if (!good) return "its RSA key is not one to seal with";
  return std::nullopt;
}

// SHA-1 in upper-case hexadecimal, as certificate stores show it.
std::string thumbprint_of(std::string_view der) {
  constexpr char kHex[] = "0123456789ABCDEF";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(der.data(), der.size(), digest, &length, EVP_sha1(), nullptr);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 0x0F];
  }
  return text;
}

// The time of an ASN.1 date; nullopt if it is malformed.
std::optional<Time> time_of(const ASN1_TIME* text) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(text, &broken) != 1) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&broken)));
}

}  // namespace

std::expected<EncryptionCertificate, std::string_view> EncryptionCertificate::parse(std::string_view base64) {
  if (base64.size() > kCertificateTextBytesMax) return InvalidCertificate("it is too long");
  auto der = decode_broken_lines(base64);
  if (!der || der->empty()) return InvalidCertificate("it is not base64");
  if (der->find("-----BEGIN ") != der->npos) {
    auto inner = unwrap_pem(*der);
    if (!inner) return InvalidCertificate(inner.error());
    der = *std::move(inner);
  }
  if (der->size() > kCertificateBytesMax) return InvalidCertificate("it is too long");

  const X509Ptr x509 = read_der(*der);
  std::shared_ptr<EVP_PKEY> key(x509 ? X509_get_pubkey(x509.get()) : nullptr, EVP_PKEY_free);
  ERR_clear_error();
  if (!x509) return InvalidCertificate("it is not one certificate");
  if (const auto error = key_error(key.get())) return InvalidCertificate(*error);
  const auto not_after = time_of(X509_get0_notAfter(x509.get()));
  if (!not_after) return InvalidCertificate("its dates are not as they should be");
  return EncryptionCertificate(std::move(key), thumbprint_of(*der), *not_after);
}

}  // namespace porchlight::webhook
