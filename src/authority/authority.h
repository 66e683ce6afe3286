// The built-in OAuth 2.0 / OpenID Connect authority: from a request for one of its addresses to the answer.
// It knows no socket and no clock; docs/authority.md describes it.
#pragma once

#include <string>
#include <string_view>

#include "authority/authority_context.h"
#include "http/message.h"

namespace porchlight::authority {

// Bodies beyond are refused with 413 before they are read.
inline constexpr std::size_t kBodyBytesMax = kFormBytesMax;

// Any thread, many at a time. An answer may take some tenths of a second (a password) or wait for the disk.
class Authority {
 public:
  // `directory` and `store` must outlive it. `refresh_key`: 32 secret bytes, the same over restarts. `renew`
  // gives the next keys (signing_keys.h).
  Authority(AuthoritySettings settings, const Directory& directory, storage::KvStore& store, KeyRing keys,
            std::string refresh_key, SigningKeys::Renew renew = {});

  // Whether the path is one of its addresses, or begins as they do.
  static bool owns(std::string_view path);

  // Answers a request for one of them.
  void handle(const http::Request& request, Time now, http::Response& response);

  // Forgets what has run out; now and then.
  OAuthResult<void> sweep(Time now) { return context_.refresh.sweep(now); }

  // A JWT of a JSON object of claims, by the key that signs at `now`; it is among the published ones.
  std::string sign(std::string_view claims, Time now) {
    context_.keys.rotate_if_due(now);
    return context_.keys.signer(now).sign(claims);
  }

  // What administrators change.
  CredentialStore& credentials() { return context_.credentials; }

 private:
  AuthorityContext context_;
};

}  // namespace porchlight::authority
