// Authorization codes with PKCE (RFC 6749 §4.1, RFC 7636): sent to the browser, redeemed once by the client. In memory.
#pragma once

#include <string>
#include <string_view>

#include "authority/error.h"
#include "authority/expiring_map.h"
#include "authority/sign_in_method.h"
#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kCodeLife = std::chrono::minutes(10);
inline constexpr std::size_t kCodesMax = 50'000;  // of all tenants
inline constexpr std::size_t kCodesPerUser = 100;
inline constexpr std::size_t kChallengeChars = 43;                             // a SHA-256 in base64url
inline constexpr std::size_t kVerifierCharsMin = 43, kVerifierCharsMax = 128;  // RFC 7636 §4.1

// The grant behind a code.
struct CodeGrant {
  Guid tenant, client, user;
  std::string redirect_uri;
  std::string challenge;  // S256; empty: none
  std::string scope;      // as requested
  std::string nonce;      // for the ID token; empty: none
  Time begun{};           // of the session in which it is issued
  Guid family;            // of the refresh tokens that it begins
  SignInMethod method = SignInMethod::kPassword;
  friend bool operator==(const CodeGrant&, const CodeGrant&) = default;
};

// The parameters of a redemption.
struct CodeClaim {
  std::string_view code, redirect_uri, verifier;  // verifier: empty if the client sends none
  Guid client;
};

// Any thread.
class AuthorizationCodes {
 public:
  // Creates a code; sets the family. Beyond kCodesPerUser the user's oldest code becomes unknown, beyond kCodesMax the
  // oldest of the tenant that has most.
  std::string issue(CodeGrant grant, Time now);

  struct Redeemed {
    OAuthResult<CodeGrant> grant;
    std::optional<Guid> replayed;  // the family of a code that was redeemed before: the caller must revoke it
  };
  // Redeems a code. It is used up even if the redemption fails, unless another client than its own presents it. Errors:
  // kCodeExpired (also for an unknown code), kGrantOfOther, kCodeUsed, kCodeRedirect, kVerifier.
  Redeemed redeem(const CodeClaim& claim, Time now);

 private:
  struct IssuedCode {
    CodeGrant grant;
    bool used = false;
  };
  Mutex mutex_;
  ExpiringMap<IssuedCode> codes_ ABSL_GUARDED_BY(mutex_){kCodeLife, kCodesMax};
};

// Returns true if the verifier is well-formed (RFC 7636 §4.1) and matches the S256 challenge (§4.6), or if both are
// empty: a verifier without a challenge is a sign that the challenge was removed on the way (RFC 9700 §4.8.2).
bool verifier_matches(std::string_view challenge, std::string_view verifier);

}  // namespace porchlight::authority
