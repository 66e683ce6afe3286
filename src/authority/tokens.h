// The tokens that the authority issues: v2.0 access tokens and ID tokens (spec protocol §2.2, spec clients
// 12).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authority/registration.h"
#include "base/time.h"
#include "directory/directory.h"
#include "identity/minter.h"

namespace porchlight::authority {

inline constexpr Duration kTokenLife = std::chrono::hours(1);

// How the client proved who it is (`azpacr`).
enum class Proof : std::uint8_t { kNone = 0, kSecret = 1, kCertificate = 2 };

// What an access token says. With a user it is delegated and carries scopes; without, app-only, with roles.
struct AccessToken {
  std::string audience;
  std::string issuer;
  const Client& client;
  Proof proof = Proof::kNone;
  const directory::User* user = nullptr;
  std::vector<std::string> permissions;  // scopes or roles
};

std::string sign_access_token(const AccessToken& token, const identity::SigningKey& key, Time now);

// What an ID token says of the user to the client.
struct IdToken {
  std::string issuer;
  const Client& client;
  const directory::User& user;
  std::string nonce;     // empty: none
  bool profile = false;  // with names
};

std::string sign_id_token(const IdToken& token, const identity::SigningKey& key, Time now);

// `client_info`: who signed in and where, as MSAL keys its cache.
std::string client_info(const Guid& user, const Guid& tenant);

}  // namespace porchlight::authority
