// Refresh tokens with rotation (RFC 9700 §4.14.2): each use returns a new token. The tokens of one sign-in are a
// family (refresh_families.h). A token that is presented a second time was stolen, or its successor was: the family is
// revoked.
//
//     token = base64url(guid family | u32 generation | 32 B HMAC of these)
//
// The store alone does not suffice to make a token: that needs the HMAC key.
#pragma once

#include <string>
#include <string_view>

#include "authority/refresh_families.h"

namespace porchlight::authority {

// Any thread.
class RefreshTokens {
 public:
  // `key`: 32 secret bytes, the same after restarts. `families` must outlive it.
  RefreshTokens(RefreshFamilies& families, std::string key) : families_(families), key_(std::move(key)) {}

  // Begins a family and returns its first token. Durable. Errors: kRefreshRevoked if the family exists already,
  // kUnavailable. Also removes some expired families (RefreshFamilies::sweep_some()).
  OAuthResult<std::string> begin(const Guid& family, const RefreshGrant& grant);

  // A valid token that has not been used.
  struct VerifiedToken {
    Guid family;
    std::uint32_t generation;
    RefreshGrant grant;
  };
  // Checks a token. Errors: kGrantInvalid (not a token of this server), kGrantOfOther, kRefreshExpired,
  // kRefreshRevoked, kUnavailable. A token that was used before revokes its family.
  OAuthResult<VerifiedToken> verify(std::string_view token, const Guid& client, Time now);
  // Uses the token and returns the next one of the family. Durable. Errors: kRefreshRevoked if a concurrent request
  // used or revoked it, kUnavailable.
  OAuthResult<std::string> rotate(const VerifiedToken& verified, Time now);

 private:
  std::string print_token(const Guid& family, std::uint32_t generation) const;

  RefreshFamilies& families_;
  const std::string key_;
};

}  // namespace porchlight::authority
