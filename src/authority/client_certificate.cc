// Parses certificates with OpenSSL. Only what verifies a signature is kept: chains and names are not checked, since an
// administrator registers each certificate.
#include "authority/client_certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <optional>

#include "base/base64url.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

constexpr int kRsaBitsMin = 2048, kRsaBitsMax = 4096;
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";

using CertificatePtr = std::unique_ptr<X509, decltype([](X509* x) { X509_free(x); })>;
using MemoryBio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;

// A digest of the DER, in base64url.
std::string fingerprint(std::string_view der, const EVP_MD* digest) {
  std::string bytes(static_cast<std::size_t>(EVP_MD_get_size(digest)), '\0');
  EVP_Digest(der.data(), der.size(), reinterpret_cast<unsigned char*>(bytes.data()), nullptr, digest,
             nullptr);
  return encode_base64url(bytes);
}

std::optional<Time> moment_of(const ASN1_TIME* text) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(text, &broken) != 1) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&broken)));
}

// The reason why the key is not accepted; nullopt if it is.
std::optional<std::string> key_fault(const identity::EvpKey& key) {
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1) return "its key is not RSA";
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) return "its RSA key is not of 2048 to 4096 bits";
  return std::nullopt;
}

}  // namespace

// The DER must end with the certificate: trailing bytes would make two registrations of one certificate differ.
std::expected<ClientCertificate, std::string> ClientCertificate::parse_der(std::string_view der) {
  const auto* read = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = read + der.size();
  const CertificatePtr x509(
      der.size() > kCertificateBytesMax ? nullptr : d2i_X509(nullptr, &read, static_cast<long>(der.size())));
  identity::EvpKey key = identity::own(x509 ? X509_get_pubkey(x509.get()) : nullptr);
  ERR_clear_error();
  if (!x509 || read != end) return std::unexpected("it is not a certificate");
  if (auto fault = key_fault(key)) return std::unexpected(*std::move(fault));
  const auto not_before = moment_of(X509_get0_notBefore(x509.get()));
  const auto not_after = moment_of(X509_get0_notAfter(x509.get()));
  if (!not_before || !not_after || *not_before >= *not_after)
    return std::unexpected("its times are not as they should be");
  return ClientCertificate{
      std::move(key), std::string(der), fingerprint(der, EVP_sha1()), fingerprint(der, EVP_sha256()),
      *not_before,    *not_after};
}

// Re-encodes to DER, so the PEM and DER of a certificate give equal results.
std::expected<ClientCertificate, std::string> ClientCertificate::parse_pem(std::string_view pem) {
  if (pem.size() > 2 * kCertificateBytesMax) return std::unexpected("it is too long");
  const std::string_view text = trimmed(pem);
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || text.find(kBegin, 1) != text.npos)
    return std::unexpected("it is not one certificate in PEM");
  const MemoryBio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const CertificatePtr x509(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  unsigned char* raw = nullptr;
  const int length = x509 ? i2d_X509(x509.get(), &raw) : -1;
  if (length <= 0) return std::unexpected("it is not one certificate in PEM");
  const std::string der(reinterpret_cast<char*>(raw), static_cast<std::size_t>(length));
  OPENSSL_free(raw);
  return parse_der(der);
}

}  // namespace porchlight::authority
