// The keys that the authority signs with, exchanged while requests are answered: whoever needs one first
// after its time has come renews the ring.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "authority/key_ring.h"

namespace porchlight::authority {

// After a renewal that failed; until the next the ring stays as it is.
inline constexpr Duration kRenewalPause = std::chrono::minutes(1);

// Any thread.
class SigningKeys {
 public:
  // Gives the ring of that time, having made, saved and told verifiers of what is new. An error is a
  // sentence.
  using Renew = std::function<std::expected<KeyRing, std::string>(Time now)>;

  // Without `renew` the ring stays for ever.
  explicit SigningKeys(KeyRing ring, Renew renew = {});

  // Renews the ring if it wants something. May take as long as making a key does; whoever comes meanwhile
  // goes on with the ring as it was.
  void rotate_if_due(Time now);

  identity::SigningKey signer(Time now) const { return ring()->signer(now); }
  std::vector<identity::PublicKey> published(Time now) const { return ring()->published(now); }

 private:
  std::shared_ptr<const KeyRing> ring() const;

  const Renew renew_;
  std::mutex renewing_;                  // held by who renews
  Time failed_at_{};                     // guarded by renewing_
  mutable std::mutex mutex_;             // held for a copy of the pointer
  std::shared_ptr<const KeyRing> ring_;  // guarded by mutex_
};

}  // namespace porchlight::authority
