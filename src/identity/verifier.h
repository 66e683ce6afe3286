// A bearer token to a Caller: RFC 8725, security requirements "Bearer tokens", order of checks of spec
// protocol §2.5.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "identity/caller.h"
#include "identity/claims.h"
#include "identity/keys.h"
#include "identity/token_fault.h"
#include "identity/token_form.h"

namespace porchlight::identity {

inline constexpr Duration kClockSkewMax = std::chrono::minutes(5);

// Verifies tokens. Any thread.
class Verifier {
 public:
  // `audiences`: the exact values of `aud` that are ours.
  Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences);

  // Checks everything about `token` (the text after "Bearer ") but whether its tenant exists here. The first
  // check that fails names the fault: form, header, key, signature, iss, aud, nbf and exp, kind.
  std::expected<Caller, TokenFault> verify(std::string_view token, Time now) const;

  // From now on tokens are checked with these keys. What is under way is finished with those it began with.
  void set_keys(std::shared_ptr<const KeySet> keys);
  // Grows with each set_keys: a caller who was verified in another epoch has to be verified again.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

 private:
  std::shared_ptr<const KeySet> keys() const;
  std::expected<void, TokenFault> check_claims(const Claims& claims, const KeySet::Entry& signer,
                                               Time now) const;

  mutable std::mutex mutex_;            // held for a copy of the pointer
  std::shared_ptr<const KeySet> keys_;  // guarded by mutex_
  std::atomic<std::uint64_t> epoch_ = 0;
  const std::vector<std::string> audiences_;
};

}  // namespace porchlight::identity
