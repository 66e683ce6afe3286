// Keys: which issuer each belongs to, its one algorithm, and the JWKS text they come from and go out as (RFC
// 7517).
#pragma once

#include <openssl/evp.h>

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/json.h"
#include "identity/claim_map.h"
#include "identity/cloud.h"

namespace porchlight::identity {

enum class Algorithm : std::uint8_t { kRs256, kEs256 };

// `RS256` or `ES256`; and the algorithm of such a name.
std::string_view name(Algorithm algorithm);
std::optional<Algorithm> find_algorithm(std::string_view name);

// OpenSSL's name of the curve of ES256.
inline constexpr char kP256[] = "prime256v1";

// A key of OpenSSL's, shared because it never changes.
using EvpKey = std::shared_ptr<EVP_PKEY>;
EvpKey own(EVP_PKEY* key);

// What OpenSSL signs and verifies with, for one text.
using DigestContext =
    std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

// A public key as found in a JWKS.
struct PublicKey {
  std::string kid;
  Algorithm algorithm;
  EvpKey key;
};

// What a JWKS document may be long.
inline constexpr std::size_t kJwksBytesMax = 256 * 1024;

// One JWK, if it is a key that may verify tokens: RSA of 2048 to 8192 bits with an exponent from 65537, or a
// point of P-256; for signatures and of a fitting algorithm where it says so. Its kid may be empty.
std::optional<PublicKey> parse_jwk(const simdjson::dom::element& jwk);

// The keys of a JWKS document that may verify tokens and have a kid; others are passed over. An error is the
// text of what is wrong with the document.
std::expected<std::vector<PublicKey>, std::string> parse_jwks(std::string_view json);

// The JWKS document of these keys.
std::string print_jwks(std::span<const PublicKey> keys);

// The RFC 7638 SHA-256 thumbprint, base64url.
std::string thumbprint(const PublicKey& key);

// What stands for the tenant's id in our own issuer's `iss`.
inline constexpr std::string_view kTenantPlaceholder = "{tenantid}";

// `iss` with the tenant's id, in lower case, in the placeholder's stead.
std::string issuer_for(std::string_view iss, const Guid& tenant);

// An issuer whose tokens are believed. `tenant`: the one it is configured for; absent where its `iss` holds
// the tenant's id in place of `{tenantid}`, as our own does.
struct Issuer {
  std::string iss;
  std::optional<Guid> tenant;
  std::vector<PublicKey> keys;
  ClaimMap claims = {};
  std::vector<std::string> audiences = {};  // in the stead of the verifier's, where there are any
  Clouds clouds = kEveryCloud;              // in which its tokens are good

  // Whether a token of that iss may be this issuer's.
  bool may_issue(std::string_view token_iss) const;
  // Whether a token of that iss and tenant is this issuer's.
  bool issues(std::string_view token_iss, const Guid& token_tenant) const;
};

// All trusted issuers and their keys. Immutable.
class KeySet {
 public:
  // Throws std::invalid_argument for an issuer that would speak for every tenant: one without a tenant and
  // without the placeholder.
  explicit KeySet(std::vector<Issuer> issuers);
  KeySet(const KeySet&) = delete;
  KeySet& operator=(const KeySet&) = delete;

  // A key and the issuers that use it under its kid: issuers of one authority share keys.
  struct KidEntry {
    const PublicKey* key;
    std::vector<const Issuer*> issuers;
  };

  // The different keys of that kid; mostly one or none.
  std::span<const KidEntry> find(std::string_view kid) const;

  // In the order in which they were given.
  const std::vector<Issuer>& issuers() const { return issuers_; }

 private:
  void add(const Issuer& issuer, const PublicKey& key);

  const std::vector<Issuer> issuers_;
  std::vector<KidEntry> entries_;  // by kid
};

}  // namespace porchlight::identity
