// The authority's signing keys and their rotation.
//
// A key signs for kSigningPeriod. It is published before it signs, and after its successor has begun, until no token
// that it signed is valid: a verifier that caches the published keys for a day never meets a token that it cannot
// check.
//
// The algorithm of a new key is a setting. After it changes, the next key has the new algorithm and signs as soon as it
// has been published for kPublishedBefore; the old key is published until its tokens have expired.
//
// A key is the file keys/authority-<Unix seconds from which it signs>.pem, so a restart finds the same keys.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"
#include "identity/minter.h"

namespace porchlight::authority {

inline constexpr Duration kSigningPeriod = std::chrono::days(30);
inline constexpr Duration kPublishedBefore = std::chrono::days(1);   // at least, before it signs
inline constexpr Duration kPublishedAfter = std::chrono::hours(25);  // after its successor begins to sign

// A key and the time from which it signs.
struct DatedKey {
  identity::SigningKey key;
  Time from{};
};

// Immutable; any thread.
class KeyRing {
 public:
  // Loads the keys of a folder. Creates and saves the signing key of `now` and its successor, for `algorithm`, if they
  // are missing. Removes keys that are no longer published, and keys of another algorithm that have not signed yet. The
  // error is a sentence for the operator.
  static std::expected<KeyRing, std::string> open(
      const std::filesystem::path& folder, Time now,
      identity::Algorithm algorithm = identity::Algorithm::kRs256);
  // The keys that the folder has, without a change: for a disk that takes no writes. An error if it has none.
  static std::expected<KeyRing, std::string> open_existing(const std::filesystem::path& folder);

  // Returns true if open() would create or remove a key now.
  bool needs_renewal(Time now) const;

  // At least one, in order of `from`.
  explicit KeyRing(std::vector<DatedKey> keys);

  // The newest key whose `from` has passed. The reference lives as long as the ring.
  const identity::SigningKey& signer(Time now) const;
  // The keys that verifiers need now or soon.
  std::vector<identity::PublicKey> published(Time now) const;

 private:
  std::vector<DatedKey> keys_;
};

// Pause after a failed renewal. Until the next attempt the ring stays as it is.
inline constexpr Duration kRenewalPause = std::chrono::minutes(1);

// The current ring, replaced while requests are handled: the first request after a renewal is due renews it. Any
// thread.
class SigningKeys {
 public:
  // Returns the ring for that time, after creating and saving new keys and announcing them to the verifiers. The error
  // is a sentence for the operator.
  using Renew = std::function<std::expected<KeyRing, std::string>(Time now)>;

  // Without `renew` the ring never changes.
  explicit SigningKeys(KeyRing ring, Renew renew = {});

  // Whether rotate_if_due() would renew the ring.
  bool is_due(Time now) const { return renew_ && ring()->needs_renewal(now); }
  // Renews the ring if that is due. Takes as long as generating a key; concurrent callers do not wait and use the old
  // ring.
  void rotate_if_due(Time now);

  identity::SigningKey signer(Time now) const { return ring()->signer(now); }
  std::vector<identity::PublicKey> published(Time now) const { return ring()->published(now); }

 private:
  std::shared_ptr<const KeyRing> ring() const;
  void renew_ring(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(renewing_);

  const Renew renew_;
  Mutex renewing_;  // held during a renewal
  Time failed_at_ ABSL_GUARDED_BY(renewing_){};
  mutable Mutex mutex_;                                          // held to copy or swap the pointer
  std::shared_ptr<const KeyRing> ring_ ABSL_GUARDED_BY(mutex_);  // never null
};

}  // namespace porchlight::authority
