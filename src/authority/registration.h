// Registrations of applications: credentials, redirect URIs, requested and exposed permissions. The permissions that an
// administrator granted are in the directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authority/client_certificate.h"
#include "authority/client_secret.h"
#include "authority/error.h"

namespace porchlight::authority {

// Limits of one registration.
inline constexpr std::size_t kRedirectsMax = 256;
inline constexpr std::size_t kSecretsMax = 20;
inline constexpr std::size_t kCertificatesMax = 20;
inline constexpr std::size_t kScopeTokensMax = 100;
inline constexpr std::size_t kPreauthorizedMax = 100;
inline constexpr std::size_t kScopeTokenBytesMax = 128;

// The stored part of an application.
struct Registration {
  bool is_public = false;     // cannot keep a secret: an application on a user's device or in a browser
  bool id_tokens = false;     // the authorization endpoint may issue ID tokens for it
  bool require_pkce = false;  // of a confidential client; a public one needs PKCE in any case
  std::vector<std::string> redirects;
  std::vector<ClientSecret> secrets;
  std::vector<ClientCertificate> certificates;
  std::vector<std::string> requested;  // delegated permissions that `.default` means when a user consents
  std::vector<std::string> exposed;    // its own scopes, which other applications can request
  std::vector<Guid> preauthorized;     // clients that an administrator granted these scopes for all users
  friend bool operator==(const Registration&, const Registration&) = default;
};

// An application: its entry in the directory and its registration.
struct Client {
  Guid tenant;
  Guid id;
  std::string name;
  std::vector<std::string> scopes;  // delegated permissions that an administrator granted for all users
  std::vector<std::string> roles;   // application permissions granted
  Registration registration;
};

// Returns true if an authorization code must be bound to a PKCE challenge. A confidential client proves with its
// credentials that the code is its own; a public client has only the challenge.
bool needs_pkce(const Registration& registration);

// Returns true if the redirect URI is registered for the application. `base`: the address of this server, where a
// registered path is.
bool is_redirect_of(const Registration& registration, std::string_view uri, std::string_view base);

// The bytes of a registration in the store, and back. Returns nullopt for damaged bytes.
//
//     registration = u8 flags | texts redirects | varint count, secrets | texts DER | texts requested
//                  | texts exposed | varint count, guid each of the preauthorized, if their flag is set
//     texts        = varint count | text each
//     flags        = 1 public | 2 ID tokens | 4 PKCE required | 8 has preauthorized clients
//     secret       = guid id | text hint | text digest | i64 expires_at ms
std::string print_registration(const Registration& registration);
std::optional<Registration> read_registration(std::string_view bytes);

}  // namespace porchlight::authority
