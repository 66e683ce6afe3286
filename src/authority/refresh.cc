#include "authority/refresh.h"

#include "authority/digest.h"
#include "authority/scope.h"
#include "base/base64url.h"
#include "base/bytes.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kRefreshPrefix = "refresh/";
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

std::string RefreshTokens::print_record(const Record& record) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::uint8_t>(record.dead));
  out.guid(record.grant.tenant);
  out.guid(record.grant.client);
  out.guid(record.grant.user);
  out.fixed(record.generation);
  append_moment(out, record.grant.begun);
  append_moment(out, record.used);
  out.text(record.grant.scope);
  return bytes;
}

std::optional<RefreshTokens::Record> RefreshTokens::read_record(std::string_view bytes) {
  ByteReader in(bytes);
  Record record;
  record.dead = in.fixed<std::uint8_t>() != 0;
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

Result<std::optional<RefreshTokens::Record>> RefreshTokens::find(const Guid& family) const {
  const auto bytes = store_.get(record_key(family));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  auto record = read_record(**bytes);
  if (!record) return refuse(Fault::kUnavailable);
  return record;
}

Result<void> RefreshTokens::keep(const Guid& family, const Record& record) {
  return store_.put(record_key(family), print_record(record));
}

Result<std::string> RefreshTokens::begin(const Guid& family, const RefreshGrant& grant) {
  sweep_some(grant.begun);
  const std::lock_guard lock(mutex_of(family));
  const auto there = find(family);
  if (!there) return std::unexpected(there.error());
  if (*there) return refuse(Fault::kRefreshRevoked);
  const Record record{false, grant, 1, grant.begun};
  if (auto kept = keep(family, record); !kept) return std::unexpected(kept.error());
  return print_token(family, record.generation);
}

Result<RefreshTokens::Shown> RefreshTokens::show(std::string_view token, const Guid& client, Time now) {
  const auto bytes = decode_base64url(token.substr(0, 128));
  if (!bytes || bytes->size() != kNamedBytes + kMacBytes) return refuse(Fault::kGrantInvalid);
  ByteReader in(*bytes);
  const Guid family = in.guid();
  const auto generation = in.fixed<std::uint32_t>();
  if (!same_secret(token, print_token(family, generation))) return refuse(Fault::kGrantInvalid);
  const std::lock_guard lock(mutex_of(family));
  const auto found = find(family);
  if (!found) return std::unexpected(found.error());
  if (!*found) return refuse(Fault::kRefreshExpired);  // swept
  Record record = **found;
  if (record.dead) return refuse(Fault::kRefreshRevoked);
  if (record.grant.client != client) return refuse(Fault::kGrantOfOther);
  if (now >= record.used + kRefreshLife) return refuse(Fault::kRefreshExpired);
  if (generation != record.generation) {
    record.dead = true;
    if (auto kept = keep(family, record); !kept) return std::unexpected(kept.error());
    return refuse(Fault::kRefreshRevoked);
  }
  return Shown{family, generation, std::move(record.grant)};
}

Result<std::string> RefreshTokens::rotate(const Shown& shown, Time now) {
  const std::lock_guard lock(mutex_of(shown.family));
  const auto found = find(shown.family);
  if (!found) return std::unexpected(found.error());
  // Somebody else was quicker with the same token, or the family died meanwhile.
  const bool good = *found && !(*found)->dead && (*found)->generation == shown.generation;
  Record record{!good, shown.grant, shown.generation + 1, now};
  if (auto kept = keep(shown.family, record); !kept) return std::unexpected(kept.error());
  if (!good) return refuse(Fault::kRefreshRevoked);
  return print_token(shown.family, record.generation);
}

Result<void> RefreshTokens::revoke(const Guid& family, Time now) {
  const std::lock_guard lock(mutex_of(family));
  const auto found = find(family);
  if (!found) return std::unexpected(found.error());
  // One that has not begun is kept as dead, so that it never will.
  Record record = found->value_or(Record{.grant = {}, .used = now});
  record.dead = true;
  return keep(family, record);
}

Result<void> RefreshTokens::sweep(Time now) {
  std::vector<std::string> gone;
  const auto looked = store_.each(kRefreshPrefix, [&](std::string_view key, std::string_view value) {
    if (is_over(value, now)) gone.emplace_back(key);
  });
  if (!looked) return looked;
  for (const std::string& key : gone)
    if (auto forgot = forget(key, now); !forgot) return forgot;
  return {};
}

void RefreshTokens::sweep_some(Time now) {
  const std::unique_lock only(sweeping_, std::try_to_lock);
  if (!only) return;
  for (int looked = 0; looked < kSweptPerFamily; ++looked) {
    const auto found = store_.next(kRefreshPrefix, swept_upto_);
    if (!found) return;  // what could not be looked at now can be later
    swept_upto_ = *found ? (*found)->first : "";
    if (!*found || (is_over((*found)->second, now) && !forget((*found)->first, now))) return;
  }
}

bool RefreshTokens::is_over(std::string_view bytes, Time now) {
  const auto record = read_record(bytes);
  return record && now >= record->used + kRefreshLife;
}

// It may have been used since it was looked at.
Result<void> RefreshTokens::forget(std::string_view key, Time now) {
  const std::lock_guard lock(mutex_of(parse_guid(key.substr(kRefreshPrefix.size())).value_or(Guid{})));
  const auto bytes = store_.get(key);
  if (!bytes) return std::unexpected(bytes.error());
  return *bytes && is_over(**bytes, now) ? store_.remove(key) : Result<void>();
}

}  // namespace porchlight::authority
