// Tokens that were verified, remembered: the second request with a token costs a hash and a compare, not a
// signature. One per serving thread, so it takes no lock. Bounded in entries and bytes; an entry is never
// used past the token's expiry, nor past a change of `epoch` (keys, tenants).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "identity/caller.h"

namespace porchlight::identity {

inline constexpr std::size_t kRememberedTokensMax = 8192;                  // per serving thread
inline constexpr std::size_t kRememberedTokenBytesMax = 32 * 1024 * 1024;  // of tokens, per serving thread

class TokenCache {
 public:
  // `entries_max` is rounded down to a power of two, but not below 8.
  explicit TokenCache(std::size_t entries_max = kRememberedTokensMax,
                      std::size_t bytes_max = kRememberedTokenBytesMax);
  ~TokenCache();

  // The caller of exactly this token, if it was remembered in this epoch and has not expired. Valid until the
  // next call.
  const Caller* find(std::string_view token, Time now, std::uint64_t epoch);

  // Remembers what a verified token says, in the place of another where it must. The result is valid until
  // the next call.
  const Caller* remember(std::string_view token, Caller caller, std::uint64_t epoch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::identity
