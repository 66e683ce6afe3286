// Reading and writing of JWK and JWKS (RFC 7517, RFC 7518 §6, RFC 7638). Keys come from identity providers,
// so each is checked before it is used: its type, size, purpose and soundness. A key that fails is skipped,
// and the other keys of the set stay usable.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>

#include <stdexcept>

#include "base/base64url.h"
#include "base/json_writer.h"
#include "identity/keys.h"

namespace porchlight::identity {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;     // verification with a larger key would cost too much time
constexpr int kExponentBitsMax = 64;  // a longer exponent makes verification slow
constexpr std::uint64_t kExponentMin = 65537;
constexpr std::size_t kCoordinateBytes = 32;

using Bignum = std::unique_ptr<BIGNUM, decltype([](BIGNUM* number) { BN_free(number); })>;
using ParamBuilder =
    std::unique_ptr<OSSL_PARAM_BLD, decltype([](OSSL_PARAM_BLD* b) { OSSL_PARAM_BLD_free(b); })>;
using Params = std::unique_ptr<OSSL_PARAM, decltype([](OSSL_PARAM* params) { OSSL_PARAM_free(params); })>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* c) { EVP_PKEY_CTX_free(c); })>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A string member, or nullopt.
std::optional<std::string_view> text_member(const object& jwk, const char* name) {
  std::string_view text;
  if (jwk[name].get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

// A member in base64url, decoded.
std::optional<std::string> bytes_member(const object& jwk, const char* name) {
  const auto text = text_member(jwk, name);
  return text ? decode_base64url(*text) : std::nullopt;
}

// Whether the member is absent or equals `expected`.
bool is_absent_or(const object& jwk, const char* name, std::string_view expected) {
  return jwk[name].error() == simdjson::NO_SUCH_FIELD || text_member(jwk, name) == expected;
}

// Whether `key_ops` is absent, or contains "verify" and no operation other than signing and verifying.
bool ops_allow_verifying(const object& jwk) {
  const auto member = jwk["key_ops"];
  if (member.error() == simdjson::NO_SUCH_FIELD) return true;
  simdjson::dom::array ops;
  if (member.get(ops) != simdjson::SUCCESS) return false;
  bool verifies = false;
  for (const element op : ops) {
    std::string_view word;
    if (op.get(word) != simdjson::SUCCESS || (word != "verify" && word != "sign")) return false;
    verifies |= word == "verify";
  }
  return verifies;
}

// Makes a key. Returns null if OpenSSL finds it unsound: EC points must lie on the curve, RSA moduli must be
// odd and without small factors.
EvpKey make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext maker(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  EvpKey key = own(made);
  const PkeyContext checker(EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr));
  if (!checker || EVP_PKEY_public_check(checker.get()) != 1) return nullptr;
  return key;
}

// An RSA key of allowed size; null otherwise.
EvpKey read_rsa(const object& jwk) {
  const auto n_bytes = bytes_member(jwk, "n");
  const auto e_bytes = bytes_member(jwk, "e");
  if (!n_bytes || !e_bytes || n_bytes->size() > kRsaBitsMax / 8 + 1 || e_bytes->size() > kRsaBitsMax / 8)
    return nullptr;
  const Bignum n(BN_bin2bn(bytes_of(*n_bytes), static_cast<int>(n_bytes->size()), nullptr));
  const Bignum e(BN_bin2bn(bytes_of(*e_bytes), static_cast<int>(e_bytes->size()), nullptr));
  if (!n || !e || BN_num_bits(n.get()) < kRsaBitsMin || BN_num_bits(n.get()) > kRsaBitsMax) return nullptr;
  if (BN_num_bits(e.get()) > kExponentBitsMax || BN_get_word(e.get()) < kExponentMin) return nullptr;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return make_key("RSA", builder.get());
}

// A point of P-256; null otherwise.
EvpKey read_p256(const object& jwk) {
  const auto x = bytes_member(jwk, "x");
  const auto y = bytes_member(jwk, "y");
  if (text_member(jwk, "crv") != "P-256" || !x || !y || x->size() != kCoordinateBytes ||
      y->size() != kCoordinateBytes) {
    return nullptr;
  }
  const std::string point = '\x04' + *x + *y;  // uncompressed (SEC 1 §2.3.3)
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kP256, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return nullptr;
  }
  return make_key("EC", builder.get());
}

// A number of the key in base64url: `width` bytes, or as few as it needs if `width` is 0.
std::string number_text(const EvpKey& key, const char* param, std::size_t width) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), param, &raw) != 1)
    throw std::runtime_error("a key without its numbers");
  const Bignum number(raw);
  const auto size = width != 0 ? width : static_cast<std::size_t>(BN_num_bytes(raw));
  std::string bytes(size, '\0');
  BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  return encode_base64url(bytes);
}

// The members that define the key, in the order and form that RFC 7638 hashes.
void add_key_members(JsonObject& out, const PublicKey& key) {
  if (key.algorithm == Algorithm::kRs256) {
    out.text("e", number_text(key.key, OSSL_PKEY_PARAM_RSA_E, 0)).text("kty", "RSA");
    out.text("n", number_text(key.key, OSSL_PKEY_PARAM_RSA_N, 0));
  } else {
    out.text("crv", "P-256").text("kty", "EC");
    out.text("x", number_text(key.key, OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes));
    out.text("y", number_text(key.key, OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes));
  }
}

}  // namespace

std::optional<PublicKey> parse_jwk(const element& jwk) {
  object members;
  if (jwk.get(members) != simdjson::SUCCESS) return std::nullopt;
  const auto kty = text_member(members, "kty");
  if (kty != "RSA" && kty != "EC") return std::nullopt;
  const Algorithm algorithm = kty == "RSA" ? Algorithm::kRs256 : Algorithm::kEs256;
  if (!is_absent_or(members, "alg", name(algorithm)) || !is_absent_or(members, "use", "sig") ||
      !ops_allow_verifying(members)) {
    return std::nullopt;
  }
  EvpKey key = algorithm == Algorithm::kRs256 ? read_rsa(members) : read_p256(members);
  if (!key) return std::nullopt;
  return PublicKey{std::string(text_member(members, "kid").value_or("")), algorithm, std::move(key)};
}

std::expected<std::vector<PublicKey>, std::string> parse_jwks(std::string_view json) {
  if (json.size() > kJwksBytesMax) return std::unexpected("the key set is too long");
  JsonReader reader;
  const auto root = reader.parse(json, {.names_ignore_case = false});
  if (!root)
    return std::unexpected("the key set is not JSON: byte " + std::to_string(root.error().offset) + ": " +
                           std::string(root.error().what));
  object document;
  simdjson::dom::array list;
  if (root->get(document) != simdjson::SUCCESS || document["keys"].get(list) != simdjson::SUCCESS)
    return std::unexpected("the key set has no list of keys");
  std::vector<PublicKey> keys;
  for (const element jwk : list) {
    if (!jwk.is_object()) return std::unexpected("the key set lists something that is not an object");
    if (auto key = parse_jwk(jwk); key && !key->kid.empty()) keys.push_back(std::move(*key));
  }
  return keys;
}

std::string print_jwks(std::span<const PublicKey> keys) {
  return json_object([&](JsonObject& document) {
    document.array("keys", keys, [](JsonArray& list, const PublicKey& key) {
      list.object([&](JsonObject& jwk) {
        jwk.text("use", "sig").text("alg", name(key.algorithm)).text("kid", key.kid);
        add_key_members(jwk, key);
      });
    });
  });
}

std::string thumbprint(const PublicKey& key) {
  const std::string text = json_object([&](JsonObject& jwk) { add_key_members(jwk, key); });
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(bytes_of(text), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return encode_base64url(digest);
}

}  // namespace porchlight::identity
