// Tokens that were verified, remembered: the second request with a token costs a hash and a compare, not a
// signature. One per serving thread, so it takes no lock. Bounded; an entry is never used past the token's
// expiry, nor past a change of `epoch` (keys, tenants).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "identity/caller.h"

namespace porchlight::identity {

inline constexpr std::size_t kRememberedTokensMax = 8192;  // per serving thread

class TokenCache {
 public:
  explicit TokenCache(std::size_t entries_max = kRememberedTokensMax);
  ~TokenCache();

  // The caller of exactly this token, if it was remembered in this epoch and has not expired. Valid until the
  // next call.
  const Caller* find(std::string_view token, Time now, std::uint64_t epoch);
  const Caller* remember(std::string_view token, Caller caller, std::uint64_t epoch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::identity
