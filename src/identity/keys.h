// Public keys, their issuers, and JWKS, the text format of key sets (RFC 7517).
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

// The signature algorithms (RFC 7518 §3.3, RFC 7518 §3.4).
enum class Algorithm : std::uint8_t { kRs256, kEs256 };

// "RS256" or "ES256", and the algorithm with that name.
std::string_view name(Algorithm algorithm);
std::optional<Algorithm> find_algorithm(std::string_view name);

// OpenSSL's name for the curve of ES256.
inline constexpr char kP256[] = "prime256v1";

// An OpenSSL key. It never changes, so it is shared between threads.
using EvpKey = std::shared_ptr<EVP_PKEY>;
// Takes ownership; null stays null.
EvpKey own(EVP_PKEY* key);

// OpenSSL's state of one signature operation.
using DigestContext =
    std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

// A public key of a JWKS.
struct PublicKey {
  std::string kid;  // may be empty outside of a key set
  Algorithm algorithm;
  EvpKey key;
};

// The longest JWKS document that is read, in bytes.
inline constexpr std::size_t kJwksBytesMax = 256 * 1024;

// Parses a JWK. Returns nullopt unless it is a key that may verify tokens: RSA of 2048 to 8192 bits with an
// exponent of at least 65537, or a point of P-256; for signatures, and of the matching algorithm, if it says
// so. Its kid may be empty.
std::optional<PublicKey> parse_jwk(const simdjson::dom::element& jwk);

// Parses a JWKS document: the keys that may verify tokens and have a kid. Others are skipped. The error tells
// what is wrong with the document.
std::expected<std::vector<PublicKey>, std::string> parse_jwks(std::string_view json);

// Formats a JWKS document.
std::string print_jwks(std::span<const PublicKey> keys);

// The names of the keys' algorithms, each once.
std::vector<std::string_view> algorithms_of(std::span<const PublicKey> keys);

// The SHA-256 thumbprint in base64url (RFC 7638).
std::string thumbprint(const PublicKey& key);

// The placeholder for the tenant's id in the `iss` of this server's own issuer.
inline constexpr std::string_view kTenantPlaceholder = "{tenantid}";

// `iss` with the placeholder replaced by the tenant's id in lower case.
std::string issuer_for(std::string_view iss, const Guid& tenant);

// A trusted issuer. `tenant`: the tenant that its tokens belong to. Without one, `iss` contains `{tenantid}`,
// as this server's own does.
struct Issuer {
  std::string iss;
  std::optional<Guid> tenant;
  std::vector<PublicKey> keys;
  ClaimMap claims = {};
  std::vector<std::string> audiences = {};  // accepted in place of the verifier's; empty: the verifier's
  Clouds clouds = kEveryCloud;              // in which its tokens are valid
  bool is_own = false;  // this server: its tokens are for applications and users of the directory only

  // Whether a token with that iss may be from this issuer, whatever its tenant.
  bool may_issue(std::string_view token_iss) const;
  // Whether a token with that iss and tenant is from this issuer.
  bool issues(std::string_view token_iss, const Guid& token_tenant) const;
};

// All trusted issuers and their keys. Immutable; usable from any thread.
class KeySet {
 public:
  // Throws std::invalid_argument for an issuer with neither a tenant nor the placeholder: it could speak for
  // every tenant.
  explicit KeySet(std::vector<Issuer> issuers);
  KeySet(const KeySet&) = delete;
  KeySet& operator=(const KeySet&) = delete;

  // A key and the issuers that publish it under its kid. Issuers of one provider share keys.
  struct KidEntry {
    const PublicKey* key;
    std::vector<const Issuer*> issuers;
  };

  // The keys with that kid, mostly one or none. Valid as long as the set.
  std::span<const KidEntry> find(std::string_view kid) const;

  // In the order in which they were given; an index is the issuer's number.
  const std::vector<Issuer>& issuers() const { return issuers_; }

 private:
  void add(const Issuer& issuer, const PublicKey& key);

  const std::vector<Issuer> issuers_;
  std::vector<KidEntry> entries_;  // by kid
};

}  // namespace porchlight::identity
