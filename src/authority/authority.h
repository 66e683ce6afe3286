// The built-in OAuth 2.0 and OpenID Connect authority: HTTP requests to responses, without sockets or a clock of its
// own. docs/authority.md describes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/authority_context.h"
#include "http/message.h"

namespace porchlight::authority {

// Larger bodies are refused with a 413 before they are read.
inline constexpr std::size_t kBodyBytesMax = kFormBytesMax;

// Any thread, concurrently. Handling a request may take some tenths of a second (a password hash) and block on the
// disk: not for an event loop, except for those that answers_at_once() names.
class Authority {
 public:
  // `directory` and `stores` must outlive it. `refresh_key`: 32 secret bytes, the same after restarts. `renew` creates
  // the next keys (key_ring.h).
  Authority(AuthoritySettings settings, const Directory& directory, AuthorityStores& stores, KeyRing keys,
            std::string refresh_key, SigningKeys::Renew renew = {});

  // Returns true if the path is an endpoint of the authority, or begins like one.
  static bool owns(std::string_view path);

  // Whether `host`, which may have a port, is a name of this server (AuthoritySettings::hosts).
  bool serves(std::string_view host) const;
  // Whether handling the request neither takes long nor blocks: discovery, public keys and CORS preflights, unless a
  // new key is due.
  bool answers_at_once(const http::Request& request, Time now) const;
  // Whether handling the request may hash a password: no other request does.
  static bool checks_password(const http::Request& request);
  // The tenant that the path names; nullopt if it names none or all (/common), or an unknown one.
  std::optional<Guid> tenant_of(const http::Request& request) const;

  // Handles a request for such a path.
  void handle(const http::Request& request, Time now, http::Response& response);

  // Removes expired refresh tokens. Called periodically. Errors: kUnavailable.
  OAuthResult<void> sweep(Time now) { return context_.families.sweep(now); }

  // A JWT with these claims, a JSON object, signed by the key that signs at `now`; that key is published.
  std::string sign(std::string_view claims, Time now) {
    context_.keys.rotate_if_due(now);
    return context_.keys.signer(now).sign(claims);
  }

  // The keys that verifiers of its tokens need at `now`.
  std::vector<identity::PublicKey> published_keys(Time now) const { return context_.keys.published(now); }

  const SignInCounters& sign_ins() const { return context_.sign_ins; }

 private:
  AuthorityContext context_;
};

}  // namespace porchlight::authority
