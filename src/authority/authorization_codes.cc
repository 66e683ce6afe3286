// Issue and redemption of authorization codes; PKCE.
#include "authority/authorization_codes.h"

#include <algorithm>

#include "base/base64url.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kCodeBytes = 32;

bool is_verifier_char(char c) {
  const char low = to_lower(c);
  return is_digit(c) || (low >= 'a' && low <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

bool verifier_matches(std::string_view challenge, std::string_view verifier) {
  if (challenge.empty()) return verifier.empty();
  return verifier.size() >= kVerifierCharsMin && verifier.size() <= kVerifierCharsMax &&
         std::ranges::all_of(verifier, is_verifier_char) &&
         equals_constant_time(challenge, encode_base64url(sha256(verifier)));
}

std::string AuthorizationCodes::issue(CodeGrant grant, Time now) {
  std::string code = encode_base64url(secure_random_bytes(kCodeBytes));
  grant.family = secure_random_guid();
  const MutexLock lock(mutex_);
  const EntryOwners owners{grant.tenant, {user_share(grant.tenant, grant.user, kCodesPerUser)}};
  CHECK(codes_.add(code, {std::move(grant)}, owners, now));  // random, so it is not in use
  return code;
}

// A used code stays in the map until it expires, so that a second redemption is recognised and its family revoked.
AuthorizationCodes::Redeemed AuthorizationCodes::redeem(const CodeClaim& claim, Time now) {
  const MutexLock lock(mutex_);
  IssuedCode* entry = codes_.find(claim.code, now);
  if (!entry) return {refuse(OAuthFault::kCodeExpired), {}};
  if (entry->grant.client != claim.client) return {refuse(OAuthFault::kGrantOfOther), {}};
  if (entry->used) return {refuse(OAuthFault::kCodeUsed), entry->grant.family};
  entry->used = true;
  if (entry->grant.redirect_uri != claim.redirect_uri) return {refuse(OAuthFault::kCodeRedirect), {}};
  if (!verifier_matches(entry->grant.challenge, claim.verifier)) return {refuse(OAuthFault::kVerifier), {}};
  return {entry->grant, {}};
}

}  // namespace porchlight::authority
