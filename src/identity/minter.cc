#include "identity/minter.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>

#include "base/base64url.h"
#include "base/json.h"
#include "identity/key_file.h"
#include "identity/signature.h"

namespace porchlight::identity {
namespace {

constexpr int kRsaBits = 2048;

using BioPtr = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;

// A copy that has forgotten the private half, so that what verifies cannot sign.
EvpKey public_half(const EvpKey& key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key.get(), &der);
  const unsigned char* read = der;
  EvpKey half = own(length > 0 ? d2i_PUBKEY(nullptr, &read, length) : nullptr);
  OPENSSL_free(der);
  if (!half) throw std::runtime_error("a key without a public half");
  return half;
}

// Answers OpenSSL's question for a passphrase with "there is none", instead of asking at the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

EvpKey read_pem(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EvpKey key = own(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  return key;
}

// Appends `"name":"text"`.
void member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}

void member(std::string& out, std::string_view name, Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  out += ",\"" + std::string(name) + "\":" + std::to_string(seconds);
}

void member(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  out += ",\"" + std::string(name) + "\":[";
  for (const std::string& text : texts) {
    if (&text != &texts.front()) out += ',';
    append_json_string(out, text);
  }
  out += ']';
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

// 128 random bits: no two tokens are the same.
std::string unique_id() {
  const Guid id = secure_random_guid();
  return encode_base64url({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

// The claims of an Entra v1.0 token (spec protocol §2.2). App-only tokens name the application as their
// object.
std::string claims_of(const TokenRequest& request, std::string_view issuer, Time now) {
  std::string json = "{";
  member(json, "aud", request.audience);
  member(json, "iss", issuer_for(issuer, request.tenant));
  member(json, "iat", now);
  member(json, "nbf", now);
  member(json, "exp", std::chrono::floor<std::chrono::seconds>(now) + request.life);
  member(json, "tid", to_string(request.tenant));
  member(json, "oid", to_string(request.user.value_or(request.app)));
  member(json, "appid", to_string(request.app));
  member(json, "idtyp", request.user ? "user" : "app");
  if (!request.user)
    member(json, "roles", request.roles);
  else if (!request.scopes.empty())
    member(json, "scp", join(request.scopes));
  member(json, "uti", unique_id());
  member(json, "ver", "1.0");
  return json + '}';
}

// Which algorithm a private key signs with; nothing where it may sign no token.
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
  if (!key) throw std::runtime_error("no key to sign with could be made");
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
  std::string header = "{";
  member(header, "typ", "JWT");
  member(header, "alg", name(public_.algorithm));
  member(header, "kid", public_.kid);
  std::string token = encode_base64url(header + '}') + '.' + encode_base64url(claims);
  const std::string signature = make_signature(public_.algorithm, key_.get(), token);
  return token + '.' + encode_base64url(signature);
}

std::string SigningKey::mint(const TokenRequest& request, std::string_view issuer, Time now) const {
  return sign(claims_of(request, issuer, now));
}

}  // namespace porchlight::identity
