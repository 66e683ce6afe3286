// The server's own signing key, and tokens signed with it.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "identity/keys.h"

namespace porchlight::identity {

// The contents of a token to mint. With a user it is delegated (scopes), without one app-only (roles).
struct TokenRequest {
  Guid tenant;
  Guid app;
  std::optional<Guid> user;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  std::string audience;
  Duration life;
};

// A private key and its algorithm: RSA keys sign with RS256, P-256 keys with ES256. Copies share the key.
// Thread-safe.
class SigningKey {
 public:
  // Makes a new key; RSA keys have 2048 bits. Throws std::runtime_error if OpenSSL fails.
  static SigningKey generate(Algorithm algorithm = Algorithm::kRs256);

  // Reads PKCS#8 PEM; the key decides the algorithm. Refuses a file that other users may read (mode beyond
  // 0600). The error names the file and the reason.
  static std::expected<SigningKey, std::string> load(const std::filesystem::path& file);

  // Writes the file atomically and durably, with mode 0600.
  std::expected<void, std::string> save(const std::filesystem::path& file) const;

  // The public half, to verify with and to publish.
  const PublicKey& public_key() const { return public_; }
  std::string jwks() const;

  // Signs `claims`, a JSON object, and returns the JWT.
  std::string sign(std::string_view claims) const;

  // Makes the claims of a request and signs them. `iss` is `issuer` with the tenant in place of the
  // placeholder; iat = nbf = now and exp = now + life, in whole seconds.
  std::string mint(const TokenRequest& request, std::string_view issuer, Time now) const;

 private:
  SigningKey(EvpKey key, Algorithm algorithm);

  EvpKey key_;
  PublicKey public_;  // its kid is the RFC 7638 thumbprint
};

}  // namespace porchlight::identity
