// Signatures through OpenSSL. RS256 uses OpenSSL's format; for ES256, JOSE has the two numbers side by side
// while OpenSSL wants DER, so to_der() and from_der() convert. They do so strictly: one signature has exactly
// one form.
#include "identity/signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace porchlight::identity {
namespace {

constexpr std::size_t kScalarBytes = 32;

// The order n of P-256 (SEC 2 §2.4.2), big-endian.
constexpr std::array<unsigned char, kScalarBytes> kOrder = {
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};

using EcdsaSig = std::unique_ptr<ECDSA_SIG, decltype([](ECDSA_SIG* sig) { ECDSA_SIG_free(sig); })>;

// Whether the 32 bytes are a number in 1..n-1.
bool in_range(const unsigned char* scalar) {
  static constexpr std::array<unsigned char, kScalarBytes> kZero{};
  return std::memcmp(scalar, kZero.data(), kScalarBytes) != 0 &&
         std::memcmp(scalar, kOrder.data(), kScalarBytes) < 0;
}

// Converts r || s to DER. Returns an empty text if it is not a valid signature form.
std::string to_der(std::string_view signature) {
  if (signature.size() != 2 * kScalarBytes) return {};
  const auto* r = reinterpret_cast<const unsigned char*>(signature.data());
  const auto* s = r + kScalarBytes;
  if (!in_range(r) || !in_range(s)) return {};
  const EcdsaSig pair(ECDSA_SIG_new());
  if (!pair || ECDSA_SIG_set0(pair.get(), BN_bin2bn(r, kScalarBytes, nullptr),
                              BN_bin2bn(s, kScalarBytes, nullptr)) != 1) {
    return {};
  }
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &der);
  if (length <= 0) return {};
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return text;
}

// Converts DER to r || s of 32 bytes each. Returns an empty text on failure.
std::string from_der(std::string_view der) {
  const auto* read = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaSig pair(d2i_ECDSA_SIG(nullptr, &read, static_cast<long>(der.size())));
  std::string signature(2 * kScalarBytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(signature.data());
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes, kScalarBytes) != kScalarBytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes + kScalarBytes, kScalarBytes) != kScalarBytes) {
    return {};
  }
  return signature;
}

// Fetched once: with EVP_sha256(), OpenSSL looks the digest up at each use.
const EVP_MD* sha256() {
  static const std::unique_ptr<EVP_MD, decltype([](EVP_MD* digest) { EVP_MD_free(digest); })> digest(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return digest.get();
}

bool verify(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  if (!context) return false;
  // The context is used once, so OpenSSL need not copy it before the last step. Saves 5 % of the time.
  EVP_MD_CTX_set_flags(context.get(), EVP_MD_CTX_FLAG_FINALISE);
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, sha256(), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                                     signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size()) == 1;
  // A bad signature leaves errors in the thread's queue, where TLS on the same thread would find them.
  if (!good) ERR_clear_error();
  return good;
}

// Signs in OpenSSL's format. Returns an empty text on failure.
std::string sign(EVP_PKEY* key, std::string_view text) {
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t length = signature.size();
  if (!context) return {};
  EVP_MD_CTX_set_flags(context.get(), EVP_MD_CTX_FLAG_FINALISE);
  const bool good = EVP_DigestSignInit(context.get(), nullptr, sha256(), nullptr, key) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  if (!good) ERR_clear_error();
  signature.resize(good ? length : 0);
  return signature;
}

}  // namespace

bool verify_signature(const PublicKey& key, std::string_view text, std::string_view signature) {
  if (key.algorithm == Algorithm::kRs256) return verify(key.key.get(), text, signature);
  const std::string der = to_der(signature);
  return !der.empty() && verify(key.key.get(), text, der);
}

std::string make_signature(Algorithm algorithm, EVP_PKEY* key, std::string_view text) {
  std::string signature = sign(key, text);
  if (algorithm == Algorithm::kEs256) signature = from_der(signature);
  if (signature.empty()) throw std::runtime_error("signing failed");
  return signature;
}

}  // namespace porchlight::identity
