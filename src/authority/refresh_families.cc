// Records of families. A family has one mutex of 64, so a use reads and writes its record atomically.
#include "authority/refresh_families.h"

#include <mutex>

#include "authority/scope.h"
#include "base/bytes.h"
#include "directory/directory.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kRefreshPrefix = "refresh/", kIndexPrefix = "sign-in/";
constexpr std::uint8_t kRevoked = 1, kWithFactor = 2, kNamedDevice = 4;

std::string record_key(const Guid& family) {
  std::string key(kRefreshPrefix);
  append_guid(key, family);
  return key;
}

// What the keys of the index rows of an application begin with.
std::string index_prefix(const Guid& tenant, const Guid& client) {
  std::string key(kIndexPrefix);
  append_guid(key, tenant);
  append_guid(key += '/', client);
  return key += '/';
}

std::string index_key(const Guid& family, const RefreshGrant& grant) {
  std::string key = index_prefix(grant.tenant, grant.client);
  append_guid(key, family);
  return key;
}

// The family that a key names after `prefix`.
Guid family_of(std::string_view key, std::string_view prefix) {
  return parse_guid(key.substr(prefix.size())).value_or(Guid{});
}

void append_moment(ByteWriter& out, Time time) {
  out.fixed(static_cast<std::int64_t>(time.time_since_epoch().count()));
}

Time read_moment(ByteReader& in) { return Time(Duration(in.fixed<std::int64_t>())); }

std::string print_record(const FamilyRecord& record) {
  std::string bytes;
  ByteWriter out(bytes);
  const bool second_factor = record.grant.method == SignInMethod::kSecondFactor;
  out.fixed(static_cast<std::uint8_t>((record.revoked ? kRevoked : 0) | (second_factor ? kWithFactor : 0) |
                                      (record.grant.device.empty() ? 0 : kNamedDevice)));
  out.guid(record.grant.tenant);
  out.guid(record.grant.client);
  out.guid(record.grant.user);
  out.fixed(record.generation);
  append_moment(out, record.grant.begun);
  append_moment(out, record.used);
  out.text(record.grant.scope);
  if (!record.grant.device.empty()) out.text(record.grant.device);
  return bytes;
}

std::optional<FamilyRecord> read_record(std::string_view bytes) {
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
  if ((flags & kNamedDevice) != 0) record.grant.device = in.text(directory::kNameBytesMax);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return record;
}

// The record, if it has expired; nullopt for a damaged one as well, which is kept.
std::optional<FamilyRecord> read_expired(std::string_view bytes, Time now) {
  auto record = read_record(bytes);
  return record && record->is_expired(now) ? std::move(record) : std::nullopt;
}

}  // namespace

OAuthResult<std::optional<FamilyRecord>> RefreshFamilies::find(const Guid& family) const {
  const auto bytes = store_.get(record_key(family));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  auto record = read_record(**bytes);
  if (!record) return refuse(OAuthFault::kUnavailable);
  return record;
}

OAuthResult<void> RefreshFamilies::save(const Guid& family, const FamilyRecord& record) {
  return store_.write({{record_key(family), print_record(record)},
                       {index_key(family, record.grant),
                        record.revoked ? std::nullopt : std::optional<std::string>(std::in_place)}});
}

OAuthResult<void> RefreshFamilies::revoke(const Guid& family, Time now) {
  const MutexLock lock(mutex_of(family));
  const auto found = find(family);
  if (!found) return std::unexpected(found.error());
  // A family that has not begun is stored as revoked, so that it cannot begin.
  FamilyRecord record = found->value_or(FamilyRecord{.grant = {}, .used = now});
  record.revoked = true;
  return save(family, record);
}

OAuthResult<bool> RefreshFamilies::revoke_of(const Guid& tenant, const Guid& client, const Guid& family,
                                             Time now) {
  const MutexLock lock(mutex_of(family));
  const auto found = find(family);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->revoked || (*found)->is_expired(now)) return false;
  FamilyRecord record = **found;
  if (record.grant.tenant != tenant || record.grant.client != client) return false;
  record.revoked = true;
  if (auto saved = save(family, record); !saved) return std::unexpected(saved.error());
  return true;
}

OAuthResult<std::vector<Guid>> RefreshFamilies::list(const Guid& tenant, const Guid& client,
                                                     const std::optional<Guid>& after,
                                                     std::size_t limit) const {
  const std::string prefix = index_prefix(tenant, client);
  std::string place = after ? prefix + to_string(*after) : "";
  std::vector<Guid> families;
  while (families.size() < limit) {
    const auto row = store_.next(prefix, place);
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    place = (*row)->key;
    families.push_back(family_of(place, prefix));
  }
  return families;
}

OAuthResult<void> RefreshFamilies::sweep(Time now) {
  std::vector<std::string> expired;
  const auto visited = store_.for_each(kRefreshPrefix, [&](std::string_view key, std::string_view value) {
    if (read_expired(value, now)) expired.emplace_back(key);
    return true;
  });
  if (!visited) return visited;
  for (const std::string& key : expired)
    if (auto removed = remove_expired(key, now); !removed) return removed;
  return {};
}

// One thread sweeps at a time; others skip it. The analysis does not know std::unique_lock.
void RefreshFamilies::sweep_some(Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const std::unique_lock only(sweeping_, std::try_to_lock);
  if (only) sweep_next(now);
}

void RefreshFamilies::sweep_next(Time now) {
  for (int checked = 0; checked < kSweptPerFamily; ++checked) {
    const auto found = store_.next(kRefreshPrefix, swept_upto_);
    if (!found) return;  // the next sweep tries again
    swept_upto_ = *found ? (*found)->key : "";
    if (!*found || (read_expired((*found)->value, now) && !remove_expired((*found)->key, now))) return;
  }
}

// Reads the record again under its mutex: the token may have been used in the meantime.
OAuthResult<void> RefreshFamilies::remove_expired(std::string_view key, Time now) {
  const Guid family = family_of(key, kRefreshPrefix);
  const MutexLock lock(mutex_of(family));
  const auto bytes = store_.get(key);
  if (!bytes) return std::unexpected(bytes.error());
  const auto expired = *bytes ? read_expired(**bytes, now) : std::nullopt;
  if (!expired) return {};
  return store_.write({{std::string(key), std::nullopt}, {index_key(family, expired->grant), std::nullopt}});
}

}  // namespace porchlight::authority
