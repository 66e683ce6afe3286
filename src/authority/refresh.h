// Refresh tokens that change with each use (RFC 9700 §4.14.2). All tokens that came of one sign-in are a
// family; who shows one that was used before has stolen it, or was stolen from, and the family dies.
//
//     token  = base64url(guid family | u32 generation | 32 B HMAC of these)
//     record = u8 dead | guid tenant | guid client | guid user | u32 generation | i64 begun ms | i64 used ms
//            | text scope                                    under "refresh/" and the family's id
//
// A record holds nothing that makes a token: that takes the key.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <string_view>

#include "authority/error.h"
#include "base/guid.h"
#include "base/time.h"
#include "storage/kv_store.h"

namespace porchlight::authority {

inline constexpr Duration kRefreshLife = std::chrono::days(90);  // since the last use
inline constexpr int kSweptPerFamily = 8;                        // families looked at when one begins

// What a family stands for.
struct RefreshGrant {
  Guid tenant, client, user;
  std::string scope;  // as granted
  Time begun{};       // when its user signed in
  friend bool operator==(const RefreshGrant&, const RefreshGrant&) = default;
};

// Any thread.
class RefreshTokens {
 public:
  // `key`: 32 secret bytes, the same over restarts. `store` must outlive it.
  RefreshTokens(storage::KvStore& store, std::string key) : store_(store), key_(std::move(key)) {}

  // The first token of a family, durable; refused with kRefreshRevoked where the family is dead already. Who
  // begins a family looks at some others, whether they have run out: so there are never many of those.
  OAuthResult<std::string> begin(const Guid& family, const RefreshGrant& grant);

  // A token that is good now, not yet used.
  struct VerifiedToken {
    Guid family;
    std::uint32_t generation;
    RefreshGrant grant;
  };
  // Refused: kGrantInvalid (not a token of ours), kGrantOfOther, kRefreshExpired, kRefreshRevoked (and a
  // token used before has killed its family).
  OAuthResult<VerifiedToken> verify(std::string_view token, const Guid& client, Time now);
  // Uses it up: the next token of the family, durable.
  OAuthResult<std::string> rotate(const VerifiedToken& verified, Time now);

  // Durable: no token of the family is good any more, whether it began or not.
  OAuthResult<void> revoke(const Guid& family, Time now);
  // Forgets all families that have run out.
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
  std::mutex& mutex_of(const Guid& family) { return mutexes_[family.bytes[0] % mutexes_.size()]; }

  storage::KvStore& store_;
  const std::string key_;
  std::array<std::mutex, 64> mutexes_;  // each over the records of its families
  std::mutex sweeping_;
  std::string swept_upto_;  // guarded by sweeping_
};

}  // namespace porchlight::authority
