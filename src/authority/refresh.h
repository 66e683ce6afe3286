// Refresh tokens with rotation (RFC 9700 §4.14.2): each use returns a new token. The tokens of one sign-in are a
// family. A token that is presented a second time was stolen, or its successor was: the family is revoked.
//
//     token  = base64url(guid family | u32 generation | 32 B HMAC of these)
//     record = u8 flags | guid tenant | guid client | guid user | u32 generation | i64 begun ms | i64 used ms
//            | text scope                                    under "refresh/" and the family's id
//     flags  = 1 revoked | 2 signed in with a second factor
//
// The store alone does not suffice to make a token: that needs the HMAC key.
#pragma once

#include <array>
#include <string>
#include <string_view>

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
  friend bool operator==(const RefreshGrant&, const RefreshGrant&) = default;
};

// Any thread.
class RefreshTokens {
 public:
  // `key`: 32 secret bytes, the same after restarts. `store` must outlive it.
  RefreshTokens(storage::KvStore& store, std::string key) : store_(store), key_(std::move(key)) {}

  // Begins a family and returns its first token. Durable. Errors: kRefreshRevoked if the family exists already,
  // kUnavailable. Also removes up to kSweptPerFamily expired families, so that these do not accumulate.
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

  // Revokes the family, also one that has not begun. Durable.
  OAuthResult<void> revoke(const Guid& family, Time now);
  // Removes all expired families.
  OAuthResult<void> sweep(Time now);

 private:
  struct FamilyRecord {
    bool revoked = false;
    RefreshGrant grant;
    std::uint32_t generation = 0;
    Time used{};
  };
  std::string print_token(const Guid& family, std::uint32_t generation) const;
  OAuthResult<std::optional<FamilyRecord>> find(const Guid& family) const;
  OAuthResult<void> save(const Guid& family, const FamilyRecord& record);
  static std::string print_record(const FamilyRecord& record);
  static std::optional<FamilyRecord> read_record(std::string_view bytes);
  static bool is_expired(std::string_view bytes, Time now);
  OAuthResult<void> remove_expired(std::string_view key, Time now);
  void sweep_some(Time now);
  void sweep_next(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sweeping_);
  Mutex& mutex_of(const Guid& family) { return mutexes_[family.bytes[0] % mutexes_.size()]; }

  storage::KvStore& store_;
  const std::string key_;
  std::array<Mutex, 64> mutexes_;  // mutex_of(family) is held from reading to writing its record
  Mutex sweeping_;
  std::string swept_upto_ ABSL_GUARDED_BY(sweeping_);  // key of the family that was checked last
};

}  // namespace porchlight::authority
