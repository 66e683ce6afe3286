// Authorization codes with PKCE (RFC 6749 §4.1, RFC 7636): given to the browser, redeemed once by the client.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "authority/error.h"
#include "authority/expiring_map.h"
#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kCodeLife = std::chrono::minutes(10);
inline constexpr std::size_t kCodesMax = 50'000;
inline constexpr std::size_t kChallengeChars = 43;                             // a SHA-256 in base64url
inline constexpr std::size_t kVerifierCharsMin = 43, kVerifierCharsMax = 128;  // RFC 7636 §4.1

// What a code stands for.
struct CodeGrant {
  Guid tenant, client, user;
  std::string redirect_uri;
  std::string challenge;  // S256
  std::string scope;      // as asked for
  std::string nonce;      // of the id_token; empty: none
  Guid family;            // of the refresh tokens that it may give
  friend bool operator==(const CodeGrant&, const CodeGrant&) = default;
};

// What a client says to redeem one.
struct CodeClaim {
  std::string_view code, redirect_uri, verifier;
  Guid client;
};

// Any thread.
class AuthorizationCodes {
 public:
  // A new code; the family is set here. Refused with kUnavailable where kCodesMax are under way.
  OAuthResult<std::string> issue(CodeGrant grant, Time now);

  struct Redeemed {
    OAuthResult<CodeGrant> grant;
    std::optional<Guid> replayed;  // the family that a code given twice had: it must die
  };
  // What the code stands for. Whatever comes of it, a code that its client shows is used up; another client's
  // asking does not touch it.
  Redeemed redeem(const CodeClaim& claim, Time now);

 private:
  struct IssuedCode {
    CodeGrant grant;
    bool used = false;
  };
  std::mutex mutex_;
  ExpiringMap<IssuedCode> codes_{kCodeLife, kCodesMax};  // guarded by mutex_
};

// Whether a verifier is one that may be (RFC 7636 §4.1), and the challenge is its (§4.6).
bool verifier_matches(std::string_view challenge, std::string_view verifier);

}  // namespace porchlight::authority
