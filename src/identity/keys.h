// Keys: which issuer each belongs to, its one algorithm, and the JWKS text they come from and go out as (RFC
// 7517).
#pragma once

#include <openssl/evp.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"

namespace porchlight::identity {

enum class Algorithm : std::uint8_t { kRs256, kEs256 };

struct EvpKeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using EvpKey = std::unique_ptr<EVP_PKEY, EvpKeyFree>;

// A public key as found in a JWKS.
struct PublicKey {
  std::string kid;
  Algorithm algorithm;
  EvpKey key;
};

// The keys of a JWKS document that may verify tokens; others (use, key_ops, kty, too small) are passed over.
// An error is the text of what is wrong with the document.
std::expected<std::vector<PublicKey>, std::string> parse_jwks(std::string_view json);

// An issuer whose tokens are believed. `tenant`: the one it is configured for; absent for our own issuer,
// whose `iss` holds the tenant's id in place of `{tenantid}`.
struct Issuer {
  std::string iss;
  std::optional<Guid> tenant;
  std::vector<PublicKey> keys;
};

// All trusted issuers and their keys. Immutable.
class KeySet {
 public:
  explicit KeySet(std::vector<Issuer> issuers);
  struct Entry {
    const Issuer* issuer;
    const PublicKey* key;
  };
  std::optional<Entry> find(std::string_view kid) const;
  // The first issuer whose key has this kid and whose iss, for `tenant`, is `iss`.

 private:
  std::vector<Issuer> issuers_;
};

}  // namespace porchlight::identity
