// An application as the authority knows it: how it proves who it is, where it may send people back to, what
// it asks for. What it was granted by an administrator, the directory knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authority/client_certificate.h"
#include "authority/client_secret.h"
#include "authority/error.h"

namespace porchlight::authority {

inline constexpr std::size_t kRedirectsMax = 256;
inline constexpr std::size_t kSecretsMax = 20;
inline constexpr std::size_t kCertificatesMax = 20;
inline constexpr std::size_t kScopeTokensMax = 100;
inline constexpr std::size_t kScopeTokenBytesMax = 128;

// What is kept of an application in the authority's store.
struct Registration {
  bool is_public = false;  // keeps no secret: a program on somebody's device, a page in a browser
  std::vector<std::string> redirects;
  std::vector<ClientSecret> secrets;
  std::vector<ClientCertificate> certificates;
  std::vector<std::string> requested;  // delegated permissions that `.default` stands for when people consent
  std::vector<std::string> exposed;    // scopes of its own that other applications may ask for
  friend bool operator==(const Registration&, const Registration&) = default;
};

// The application as a whole: the directory's part and the authority's.
struct Client {
  Guid tenant;
  Guid id;
  std::string name;
  std::vector<std::string> scopes;  // delegated permissions granted for everybody by an administrator
  std::vector<std::string> roles;   // application permissions granted
  Registration registration;
};

// Whether a redirect URI is one of the application's.
bool is_redirect_of(const Registration& registration, std::string_view uri);

// The bytes of a registration in the store, and back; nothing where they are not as they were written.
//
//     registration = u8 public | texts redirects | varint count, secrets | texts DER | texts requested
//                  | texts exposed                       texts = varint count | text each
//     secret       = guid id | text hint | text digest | i64 expires_at ms
std::string print_registration(const Registration& registration);
std::optional<Registration> read_registration(std::string_view bytes);

}  // namespace porchlight::authority
