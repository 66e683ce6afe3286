// Private keys and minted tokens. A signing key keeps its private and public half apart, so that code that
// verifies has no access to the private one.
#include "identity/minter.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>

#include "base/base64url.h"
#include "base/json_writer.h"
#include "identity/key_file.h"
#include "identity/signature.h"

namespace porchlight::identity {
namespace {

constexpr int kRsaBits = 2048;

using BioPtr = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;

// A copy without the private half.
EvpKey public_half(const EvpKey& key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key.get(), &der);
  const unsigned char* read = der;
  EvpKey half = own(length > 0 ? d2i_PUBKEY(nullptr, &read, length) : nullptr);
  OPENSSL_free(der);
  if (!half) throw std::runtime_error("a key without a public half");
  return half;
}

// Returns no passphrase, so that OpenSSL does not ask for one at the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

// A private key in PEM; null if the text has none, or an encrypted one.
EvpKey read_pem(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EvpKey key = own(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  return key;
}

std::int64_t seconds_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// The words with spaces between them.
std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

// 128 random bits: no two tokens are equal.
std::string unique_id() {
  const Guid id = secure_random_guid();
  return encode_base64url({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

// The claims of an Entra v1.0 token (spec protocol §2.2). An app-only token names the application as its
// object.
std::string claims_of(const TokenRequest& request, std::string_view issuer, Time now) {
  return json_object([&](JsonObject& claims) {
    claims.text("aud", request.audience).text("iss", issuer_for(issuer, request.tenant));
    claims.number("iat", seconds_of(now)).number("nbf", seconds_of(now));
    claims.number("exp", seconds_of(std::chrono::floor<std::chrono::seconds>(now) + request.life));
    claims.text("tid", to_string(request.tenant)).text("oid", to_string(request.user.value_or(request.app)));
    claims.text("appid", to_string(request.app)).text("idtyp", request.user ? "user" : "app");
    if (!request.user)
      claims.texts("roles", request.roles);
    else if (!request.scopes.empty())
      claims.text("scp", join(request.scopes));
    claims.text("uti", unique_id()).text("ver", "1.0");
  });
}

// The algorithm for a private key; nullopt if the key may not sign tokens.
std::optional<Algorithm> algorithm_of(const EvpKey& key) {
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) >= kRsaBits)
    return Algorithm::kRs256;
  std::array<char, 32> group{};
  if (EVP_PKEY_is_a(key.get(), "EC") == 1 &&
      EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
      std::string_view(group.data()) == kP256)
    return Algorithm::kEs256;
  ERR_clear_error();
  return std::nullopt;
}

}  // namespace

SigningKey::SigningKey(EvpKey key, Algorithm algorithm)
    : key_(std::move(key)), public_{"", algorithm, public_half(key_)} {
  public_.kid = thumbprint(public_);
}

SigningKey SigningKey::generate(Algorithm algorithm) {
  EvpKey key = own(algorithm == Algorithm::kRs256 ? EVP_RSA_gen(kRsaBits)
                                                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kP256));
  if (!key) throw std::runtime_error("OpenSSL cannot make a signing key");
  return {std::move(key), algorithm};
}

std::expected<SigningKey, std::string> SigningKey::load(const std::filesystem::path& file) {
  auto pem = read_secret_file(file);
  if (!pem) return std::unexpected(pem.error());
  EvpKey key = read_pem(*pem);
  OPENSSL_cleanse(pem->data(), pem->size());
  if (!key) return std::unexpected(file.string() + ": holds no private key in PEM without a passphrase");
  const auto algorithm = algorithm_of(key);
  if (!algorithm)
    return std::unexpected(file.string() + ": is neither an RSA key of at least 2048 bits nor one of P-256");
  return SigningKey(std::move(key), *algorithm);
}

std::expected<void, std::string> SigningKey::save(const std::filesystem::path& file) const {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  char* pem = nullptr;
  if (!bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return std::unexpected("the key cannot be written as PEM");
  const long length = BIO_get_mem_data(bio.get(), &pem);
  return write_secret_file(file, {pem, static_cast<std::size_t>(length)});
}

std::string SigningKey::jwks() const { return print_jwks({&public_, 1}); }

std::string SigningKey::sign(std::string_view claims) const {
  const std::string header = json_object([&](JsonObject& members) {
    members.text("typ", "JWT").text("alg", name(public_.algorithm)).text("kid", public_.kid);
  });
  const std::string token = encode_base64url(header) + '.' + encode_base64url(claims);
  const std::string signature = make_signature(public_.algorithm, key_.get(), token);
  return token + '.' + encode_base64url(signature);
}

std::string SigningKey::mint(const TokenRequest& request, std::string_view issuer, Time now) const {
  return sign(claims_of(request, issuer, now));
}

}  // namespace porchlight::identity
