// Families of refresh tokens: one for each sign-in that goes on without the user, of a browser, a display or a program.
//
//     record = u8 flags | guid tenant | guid client | guid user | u32 generation | i64 begun ms | i64 used ms
//            | text scope | text device, if flag 4           under "refresh/<family>"
//     flags  = 1 revoked | 2 signed in with a second factor | 4 the device has a name
//     index  = nothing                                       under "sign-in/<tenant>/<client>/<family>"
//
// A family has its index row while it is not revoked, so that those of an application can be listed without reading
// others.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/error.h"
#include "authority/sign_in_method.h"
#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"
#include "storage/kv_store.h"

namespace porchlight::authority {

inline constexpr Duration kRefreshLife = std::chrono::days(90);  // since the last use
inline constexpr int kSweptPerFamily = 8;  // families checked for expiry when one begins

// The grant behind a family.
struct RefreshGrant {
  Guid tenant, client, user;
  std::string scope;  // as granted
  Time begun{};       // time of the sign-in
  SignInMethod method = SignInMethod::kPassword;
  std::string device{};  // the name that the user gave it, a display name of directory.h; empty: none
  friend bool operator==(const RefreshGrant&, const RefreshGrant&) = default;
};

// What is stored of a family.
struct FamilyRecord {
  bool revoked = false;
  RefreshGrant grant;
  std::uint32_t generation = 0;  // of the token that may be used next
  Time used{};                   // when the last token was made

  bool is_expired(Time now) const { return now >= used + kRefreshLife; }
};

// Any thread. Error of every function: kUnavailable, if the store fails or a record is damaged. Writes are durable.
class RefreshFamilies {
 public:
  // `store` must outlive it.
  explicit RefreshFamilies(storage::KvStore& store) : store_(store) {}

  // Held from reading to writing a record.
  Mutex& mutex_of(const Guid& family) { return mutexes_[family.bytes[0] % mutexes_.size()]; }
  // The record, which may be revoked or expired; nullopt if the family is unknown.
  OAuthResult<std::optional<FamilyRecord>> find(const Guid& family) const;
  // Writes the record and its index row.
  OAuthResult<void> save(const Guid& family, const FamilyRecord& record);

  // Revokes the family, also one that has not begun.
  OAuthResult<void> revoke(const Guid& family, Time now);
  // The same for a family of the application. Returns false, and changes nothing, if the application has none with
  // that id that is neither revoked nor expired.
  OAuthResult<bool> revoke_of(const Guid& tenant, const Guid& client, const Guid& family, Time now);

  // Up to `limit` families of the application that are not revoked, in order of id, from the first one after `after`.
  // They may have expired; those that were last used before there was an index are missing. Reads no others.
  OAuthResult<std::vector<Guid>> list(const Guid& tenant, const Guid& client,
                                      const std::optional<Guid>& after, std::size_t limit) const;

  // Removes all expired families.
  OAuthResult<void> sweep(Time now);
  // Checks the next kSweptPerFamily families and removes those that have expired, so that these do not accumulate.
  void sweep_some(Time now);

 private:
  OAuthResult<void> remove_expired(std::string_view key, Time now);
  void sweep_next(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sweeping_);

  storage::KvStore& store_;
  std::array<Mutex, 64> mutexes_;
  Mutex sweeping_;
  std::string swept_upto_ ABSL_GUARDED_BY(sweeping_);  // key of the family that was checked last
};

}  // namespace porchlight::authority
