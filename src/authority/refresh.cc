// Tokens and records of families. A family has one mutex of 64, so a use reads and writes its record atomically.
#include "authority/refresh.h"

#include <mutex>

#include "authority/digest.h"
#include "authority/scope.h"
#include "base/base64url.h"
#include "base/bytes.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kRefreshPrefix = "refresh/";
constexpr std::uint8_t kRevoked = 1, kWithFactor = 2;
constexpr std::size_t kNamedBytes = 16 + 4, kMacBytes = 32;

std::string record_key(const Guid& family) {
  std::string key(kRefreshPrefix);
  append_guid(key, family);
  return key;
}

void append_moment(ByteWriter& out, Time time) {
  out.fixed(static_cast<std::int64_t>(time.time_since_epoch().count()));
}

Time read_moment(ByteReader& in) { return Time(Duration(in.fixed<std::int64_t>())); }

}  // namespace

std::string RefreshTokens::print_token(const Guid& family, std::uint32_t generation) const {
  std::string bytes;
  ByteWriter out(bytes);
  out.guid(family);
  out.fixed(generation);
  out.raw(hmac_sha256(key_, bytes));
  return encode_base64url(bytes);
}

std::string RefreshTokens::print_record(const FamilyRecord& record) {
  std::string bytes;
  ByteWriter out(bytes);
  const bool second_factor = record.grant.method == SignInMethod::kSecondFactor;
  out.fixed(static_cast<std::uint8_t>((record.revoked ? kRevoked : 0) | (second_factor ? kWithFactor : 0)));
  out.guid(record.grant.tenant);
  out.guid(record.grant.client);
  out.guid(record.grant.user);
  out.fixed(record.generation);
  append_moment(out, record.grant.begun);
  append_moment(out, record.used);
  out.text(record.grant.scope);
  return bytes;
}

std::optional<RefreshTokens::FamilyRecord> RefreshTokens::read_record(std::string_view bytes) {
  ByteReader in(bytes);
  FamilyRecord record;
  const auto flags = in.fixed<std::uint8_t>();
  record.revoked = (flags & kRevoked) != 0;
  if ((flags & kWithFactor) != 0) record.grant.method = SignInMethod::kSecondFactor;
  record.grant.tenant = in.guid();
  record.grant.client = in.guid();
  record.grant.user = in.guid();
  record.generation = in.fixed<std::uint32_t>();
  record.grant.begun = read_moment(in);
  record.used = read_moment(in);
  record.grant.scope = in.text(kScopeBytesMax);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return record;
}

OAuthResult<std::optional<RefreshTokens::FamilyRecord>> RefreshTokens::find(const Guid& family) const {
  const auto bytes = store_.get(record_key(family));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  auto record = read_record(**bytes);
  if (!record) return refuse(OAuthFault::kUnavailable);
  return record;
}

OAuthResult<void> RefreshTokens::save(const Guid& family, const FamilyRecord& record) {
  return store_.put(record_key(family), print_record(record));
}

OAuthResult<std::string> RefreshTokens::begin(const Guid& family, const RefreshGrant& grant) {
  sweep_some(grant.begun);
  const MutexLock lock(mutex_of(family));
  const auto existing = find(family);
  if (!existing) return std::unexpected(existing.error());
  if (*existing) return refuse(OAuthFault::kRefreshRevoked);
  const FamilyRecord record{false, grant, 1, grant.begun};
  if (auto saved = save(family, record); !saved) return std::unexpected(saved.error());
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
  const MutexLock lock(mutex_of(family));
  const auto found = find(family);
  if (!found) return std::unexpected(found.error());
  if (!*found) return refuse(OAuthFault::kRefreshExpired);  // swept
  FamilyRecord record = **found;
  if (record.revoked) return refuse(OAuthFault::kRefreshRevoked);
  if (record.grant.client != client) return refuse(OAuthFault::kGrantOfOther);
  if (now >= record.used + kRefreshLife) return refuse(OAuthFault::kRefreshExpired);
  if (generation != record.generation) {
    record.revoked = true;
    if (auto saved = save(family, record); !saved) return std::unexpected(saved.error());
    return refuse(OAuthFault::kRefreshRevoked);
  }
  return VerifiedToken{family, generation, std::move(record.grant)};
}

// Separate from verify() so that the token endpoint can check the rest of the request first. The record is read again:
// of two requests with the same token the second finds a newer generation and revokes the family.
OAuthResult<std::string> RefreshTokens::rotate(const VerifiedToken& verified, Time now) {
  const MutexLock lock(mutex_of(verified.family));
  const auto found = find(verified.family);
  if (!found) return std::unexpected(found.error());
  // Otherwise a concurrent request used the same token or revoked the family: the family is saved as revoked.
  const bool good = *found && !(*found)->revoked && (*found)->generation == verified.generation;
  FamilyRecord record{!good, verified.grant, verified.generation + 1, now};
  if (auto saved = save(verified.family, record); !saved) return std::unexpected(saved.error());
  if (!good) return refuse(OAuthFault::kRefreshRevoked);
  return print_token(verified.family, record.generation);
}

OAuthResult<void> RefreshTokens::revoke(const Guid& family, Time now) {
  const MutexLock lock(mutex_of(family));
  const auto found = find(family);
  if (!found) return std::unexpected(found.error());
  // A family that has not begun is stored as revoked, so that begin() fails.
  FamilyRecord record = found->value_or(FamilyRecord{.grant = {}, .used = now});
  record.revoked = true;
  return save(family, record);
}

OAuthResult<void> RefreshTokens::sweep(Time now) {
  std::vector<std::string> expired;
  const auto visited = store_.for_each(kRefreshPrefix, [&](std::string_view key, std::string_view value) {
    if (is_expired(value, now)) expired.emplace_back(key);
    return true;
  });
  if (!visited) return visited;
  for (const std::string& key : expired)
    if (auto removed = remove_expired(key, now); !removed) return removed;
  return {};
}

// One thread sweeps at a time; others skip it. The analysis does not know std::unique_lock.
void RefreshTokens::sweep_some(Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const std::unique_lock only(sweeping_, std::try_to_lock);
  if (only) sweep_next(now);
}

void RefreshTokens::sweep_next(Time now) {
  for (int checked = 0; checked < kSweptPerFamily; ++checked) {
    const auto found = store_.next(kRefreshPrefix, swept_upto_);
    if (!found) return;  // the next sweep tries again
    swept_upto_ = *found ? (*found)->key : "";
    if (!*found || (is_expired((*found)->value, now) && !remove_expired((*found)->key, now))) return;
  }
}

bool RefreshTokens::is_expired(std::string_view bytes, Time now) {
  const auto record = read_record(bytes);
  return record && now >= record->used + kRefreshLife;
}

// Reads the record again under its mutex: the token may have been used in the meantime.
OAuthResult<void> RefreshTokens::remove_expired(std::string_view key, Time now) {
  const MutexLock lock(mutex_of(parse_guid(key.substr(kRefreshPrefix.size())).value_or(Guid{})));
  const auto bytes = store_.get(key);
  if (!bytes) return std::unexpected(bytes.error());
  return *bytes && is_expired(**bytes, now) ? OAuthResult<void>(store_.remove(key)) : OAuthResult<void>();
}

}  // namespace porchlight::authority
