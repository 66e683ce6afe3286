// Our own signing key, and the tokens signed with it.
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

// What a token is to say. With a user it is delegated (scopes); without, app-only (roles).
struct TokenRequest {
  Guid tenant;
  Guid app;
  std::optional<Guid> user;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  std::string audience;
  Duration life;
};

// A private key and its one algorithm: an RSA key signs with RS256, one of P-256 with ES256. Copies share the
// key. Any thread.
class SigningKey {
 public:
  // A new key, RSA ones of 2048 bits. Throws std::runtime_error where the system cannot make one.
  static SigningKey generate(Algorithm algorithm = Algorithm::kRs256);

  // PKCS#8 PEM; the key in it decides the algorithm. load refuses a file that others may read (mode beyond
  // 0600). Errors say what is wrong with the file.
  static std::expected<SigningKey, std::string> load(const std::filesystem::path& file);

  // Writes the file whole or not at all, with mode 0600, and durably: synced before it gets its name.
  std::expected<void, std::string> save(const std::filesystem::path& file) const;

  // The public half: for verifying, and as the JWKS that is published.
  const PublicKey& public_key() const { return public_; }
  std::string jwks() const;

  // A JWT of these claims, which are a JSON object.
  std::string sign(std::string_view claims) const;

  // The same of claims as a request has them; `iss` is `issuer` (with the tenant in the placeholder's stead),
  // with iat = nbf = now and exp = now + life, in whole seconds.
  std::string mint(const TokenRequest& request, std::string_view issuer, Time now) const;

 private:
  SigningKey(EvpKey key, Algorithm algorithm);

  EvpKey key_;
  PublicKey public_;  // its kid is the RFC 7638 thumbprint
};

}  // namespace porchlight::identity
