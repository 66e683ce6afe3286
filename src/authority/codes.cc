#include "authority/codes.h"

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
  return verifier.size() >= kVerifierCharsMin && verifier.size() <= kVerifierCharsMax &&
         std::ranges::all_of(verifier, is_verifier_char) &&
         same_secret(challenge, encode_base64url(sha256(verifier)));
}

Result<std::string> Codes::issue(CodeGrant grant, Time now) {
  std::string code = encode_base64url(secure_random_bytes(kCodeBytes));
  grant.family = secure_random_guid();
  const std::lock_guard lock(mutex_);
  if (!codes_.add(code, {std::move(grant)}, now)) return refuse(Fault::kUnavailable);
  return code;
}

Codes::Redeemed Codes::redeem(const CodeClaim& claim, Time now) {
  const std::lock_guard lock(mutex_);
  Entry* entry = codes_.find(claim.code, now);
  if (!entry) return {refuse(Fault::kCodeExpired), {}};
  if (entry->grant.client != claim.client) return {refuse(Fault::kGrantOfOther), {}};
  if (entry->used) return {refuse(Fault::kCodeUsed), entry->grant.family};
  entry->used = true;
  if (entry->grant.redirect_uri != claim.redirect_uri) return {refuse(Fault::kCodeRedirect), {}};
  if (!verifier_matches(entry->grant.challenge, claim.verifier)) return {refuse(Fault::kVerifier), {}};
  return {entry->grant, {}};
}

}  // namespace porchlight::authority
