// Verifies bearer tokens (RFC 8725, spec security §2) and returns the Caller. The order of checks is that of
// spec protocol §2.5.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"
#include "identity/caller.h"
#include "identity/claims.h"
#include "identity/keys.h"
#include "identity/token_fault.h"
#include "identity/token_form.h"

namespace porchlight::identity {

// How far the clocks of issuers may differ from this one.
inline constexpr Duration kClockSkewMax = std::chrono::minutes(5);

// Thread-safe.
class Verifier {
 public:
  // `audiences`: values of `aud` that are accepted exactly. The Graph addresses of `clouds` are accepted too,
  // each in its own cloud (spec protocol §2.2).
  Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences,
           std::vector<Cloud> clouds = {});

  // Checks `token`, the text after "Bearer ", except that its tenant exists here. The first failure decides
  // the fault, in this order: form, header, key, signature, iss, aud, nbf and exp, kind.
  std::expected<Caller, TokenFault> verify(std::string_view token, Time now) const;

  // Replaces the keys. A verification that runs finishes with the old ones.
  void set_keys(std::shared_ptr<const KeySet> keys);
  // Grows with each set_keys(): a cached caller of an older epoch must be verified again.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  // Sets the callback for tokens with a kid that their issuer is not known to have; it gets the issuer's
  // number in the key set. The token is unverified. Called on the verifying thread; must not block. To be set
  // before the first token.
  void on_unknown_key(std::function<void(std::size_t issuer)> callback) {
    unknown_key_ = std::move(callback);
  }

 private:
  std::shared_ptr<const KeySet> keys() const;
  void report_unknown_key(const KeySet& keys, const std::string& kid, std::string_view payload) const;
  // The clouds in which a token of that issuer with that `aud` is valid.
  Clouds clouds_for(const Issuer& issuer, const std::vector<std::string_view>& aud) const;
  Clouds clouds_for(std::string_view audience) const;

  const std::vector<std::string> audiences_;
  const std::vector<Cloud> clouds_;
  std::function<void(std::size_t)> unknown_key_;
  mutable Mutex mutex_;  // held only to copy the pointer
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> epoch_ = 0;
};

}  // namespace porchlight::identity
