// A bearer token to a Caller: RFC 8725, spec security §2, order of checks of spec protocol §2.5.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
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
  // `audiences`: the exact values of `aud` that are ours. The addresses of Graph in `clouds` are others, each
  // good in its cloud alone (spec protocol §2.2).
  Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences,
           std::vector<Cloud> clouds = {});

  // Checks everything about `token` (the text after "Bearer ") but whether its tenant exists here. The first
  // check that fails names the fault: form, header, key, signature, iss, aud, nbf and exp, kind.
  std::expected<Caller, TokenFault> verify(std::string_view token, Time now) const;

  // From now on tokens are checked with these keys. What is under way is finished with those it began with.
  void set_keys(std::shared_ptr<const KeySet> keys);
  // Grows with each set_keys: a caller who was verified in another epoch has to be verified again.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  // `callback` hears of tokens that name a key which their issuer is not known to have: the issuer's number in
  // the key set. Nothing of such a token is verified. On the thread of whoever verifies, which it must not
  // hold up. Set before the first token.
  void on_unknown_key(std::function<void(std::size_t issuer)> callback) {
    unknown_key_ = std::move(callback);
  }

 private:
  std::shared_ptr<const KeySet> keys() const;
  void report_unknown_key(const KeySet& keys, const std::string& kid, std::string_view payload) const;
  // The clouds in which a token of that issuer with that `aud` is good.
  Clouds clouds_for(const Issuer& issuer, const std::vector<std::string_view>& aud) const;
  Clouds clouds_for(std::string_view audience) const;

  const std::vector<std::string> audiences_;
  const std::vector<Cloud> clouds_;
  std::function<void(std::size_t)> unknown_key_;
  mutable std::mutex mutex_;            // held for a copy of the pointer
  std::shared_ptr<const KeySet> keys_;  // guarded by mutex_
  std::atomic<std::uint64_t> epoch_ = 0;
};

}  // namespace porchlight::identity
