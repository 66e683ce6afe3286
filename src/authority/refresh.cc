#include "authority/refresh.h"

#include "authority/digest.h"
#include "base/base64url.h"
#include "base/bytes.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kNamedBytes = 16 + 4, kMacBytes = 32;

}  // namespace

std::string RefreshTokens::print_token(const Guid& family, std::uint32_t generation) const {
  std::string bytes;
  ByteWriter out(bytes);
  out.guid(family);
  out.fixed(generation);
  out.raw(hmac_sha256(key_, bytes));
  return encode_base64url(bytes);
}

OAuthResult<std::string> RefreshTokens::begin(const Guid& family, const RefreshGrant& grant) {
  families_.sweep_some(grant.begun);
  const MutexLock lock(families_.mutex_of(family));
  const auto existing = families_.find(family);
  if (!existing) return std::unexpected(existing.error());
  if (*existing) return refuse(OAuthFault::kRefreshRevoked);
  const FamilyRecord record{false, grant, 1, grant.begun};
  if (auto saved = families_.save(family, record); !saved) return std::unexpected(saved.error());
  return print_token(family, record.generation);
}

// The HMAC is checked first: without the key no record is read, and no family can be revoked by guessing. A valid token
// of an older generation was used before. Its family is revoked at once, even if the request then fails otherwise.
OAuthResult<RefreshTokens::VerifiedToken> RefreshTokens::verify(std::string_view token, const Guid& client,
                                                                Time now) {
  const auto bytes = decode_base64url(token.substr(0, 128));
  if (!bytes || bytes->size() != kNamedBytes + kMacBytes) return refuse(OAuthFault::kGrantInvalid);
  ByteReader in(*bytes);
  const Guid family = in.guid();
  const auto generation = in.fixed<std::uint32_t>();
  if (!equals_constant_time(token, print_token(family, generation))) return refuse(OAuthFault::kGrantInvalid);
  const MutexLock lock(families_.mutex_of(family));
  const auto found = families_.find(family);
  if (!found) return std::unexpected(found.error());
  if (!*found) return refuse(OAuthFault::kRefreshExpired);  // swept
  FamilyRecord record = **found;
  if (record.revoked) return refuse(OAuthFault::kRefreshRevoked);
  if (record.grant.client != client) return refuse(OAuthFault::kGrantOfOther);
  if (record.is_expired(now)) return refuse(OAuthFault::kRefreshExpired);
  if (generation != record.generation) {
    record.revoked = true;
    if (auto saved = families_.save(family, record); !saved) return std::unexpected(saved.error());
    return refuse(OAuthFault::kRefreshRevoked);
  }
  return VerifiedToken{family, generation, std::move(record.grant)};
}

// Separate from verify() so that the token endpoint can check the rest of the request first. The record is read again:
// of two requests with the same token the second finds a newer generation and revokes the family.
OAuthResult<std::string> RefreshTokens::rotate(const VerifiedToken& verified, Time now) {
  const MutexLock lock(families_.mutex_of(verified.family));
  const auto found = families_.find(verified.family);
  if (!found) return std::unexpected(found.error());
  // Otherwise a concurrent request used the same token or revoked the family: the family is saved as revoked.
  const bool good = *found && !(*found)->revoked && (*found)->generation == verified.generation;
  FamilyRecord record{!good, verified.grant, verified.generation + 1, now};
  if (auto saved = families_.save(verified.family, record); !saved) return std::unexpected(saved.error());
  if (!good) return refuse(OAuthFault::kRefreshRevoked);
  return print_token(verified.family, record.generation);
}

}  // namespace porchlight::authority
