// Tokens of the authority: v2.0 access tokens and ID tokens (spec protocol §2.2, spec clients 12).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authority/registration.h"
#include "authority/sign_in_method.h"
#include "base/time.h"
#include "directory/directory.h"
#include "identity/minter.h"

namespace porchlight::authority {

inline constexpr Duration kTokenLife = std::chrono::hours(1);

// How the client was authenticated (`azpacr`).
enum class Proof : std::uint8_t { kNone = 0, kSecret = 1, kCertificate = 2 };

// The content of an access token. With a user it is delegated and has scopes; without, it is app-only and has roles.
struct AccessToken {
  std::string audience;
  std::string issuer;
  const Client& client;
  Proof proof = Proof::kNone;
  const directory::User* user = nullptr;
  std::vector<std::string> permissions;           // scopes or roles
  SignInMethod method = SignInMethod::kPassword;  // of the user
};

// The signed JWT.
std::string sign_access_token(const AccessToken& token, const identity::SigningKey& key, Time now);

// The content of an ID token.
struct IdToken {
  std::string issuer;
  const Client& client;
  const directory::User& user;
  std::string nonce;  // empty: none
  std::string
      code;  // issued with it, which `c_hash` binds to it (OpenID Connect Core §3.3.2.11); empty: none
  bool profile = false;  // includes name and preferred_username
  SignInMethod method = SignInMethod::kPassword;
};

// The signed JWT.
std::string sign_id_token(const IdToken& token, const identity::SigningKey& key, Time now);

// `client_info`: ids of user and tenant, by which MSAL keys its cache.
std::string client_info(const Guid& user, const Guid& tenant);

}  // namespace porchlight::authority
