// A cache of verified tokens: the second request with a token costs a hash and a comparison and no signature
// check, and not even those if the place of the token is known. Each serving thread has one, so it takes no lock.
// Bounded in entries and bytes. An entry is never used after the token's expiry or after a change of the epoch of the
// keys.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "identity/caller.h"

namespace porchlight::identity {

inline constexpr std::size_t kRememberedTokensMax = 8192;  // for each serving thread
// Of tokens, for each serving thread.
inline constexpr std::size_t kRememberedTokenBytesMax = 32 * 1024 * 1024;

// Not thread-safe.
class TokenCache {
 public:
  // `entries_max` is rounded down to a power of two, but not below 8. Throws std::runtime_error if there are
  // no random bytes.
  explicit TokenCache(std::size_t entries_max = kRememberedTokensMax,
                      std::size_t bytes_max = kRememberedTokenBytesMax);
  ~TokenCache();

  // Where a token is stored. Never that of another token, also after that has replaced the first.
  struct TokenPlace {
    std::size_t slot = 0;
    std::uint64_t serial = 0;  // of the entry; 0: no place
  };

  // The caller of exactly this token, if it was stored in this epoch and has not expired; else null. Valid
  // until the next call.
  Caller* find(std::string_view token, Time now, std::uint64_t epoch);
  // The same for the token that was stored at `place`, without its text.
  Caller* find(const TokenPlace& place, Time now, std::uint64_t epoch);
  // The place of the caller that a function returned last.
  TokenPlace last_place() const;

  // Stores the caller of a verified token, replacing another entry if needed. The result is valid until the
  // next call.
  Caller* remember(std::string_view token, Caller caller, std::uint64_t epoch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::identity
