// After repeated failures to sign in, a name is locked for a while: one that exists and one that does not
// alike.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kLockFirst = std::chrono::minutes(1);
inline constexpr Duration kLockLongest = std::chrono::hours(1);
inline constexpr std::size_t kLockedNamesMax = 200'000;

// Any thread.
class Lockout {
 public:
  // A name that has had `free` attempts is locked for a while, and at each further one for twice as long.
  // `window` after the first of them, all are forgotten.
  Lockout(std::uint32_t free, Duration window) : free_(free), window_(window) {}

  // Counts an attempt against `name` before it is made; false where it may not be made. Attempts that run
  // side by side are all counted.
  bool attempt(std::string_view name, Time now);
  // The attempt was good: all that was counted is forgotten.
  void reset(std::string_view name);
  // The attempt was good, and is not counted; those before it still are.
  void undo_attempt(std::string_view name);

 private:
  struct AttemptCount {
    std::uint32_t attempts = 0;
    Time locked_until{};
    Time window_ends_at{};
  };
  void make_room(Time now);

  const std::uint32_t free_;
  const Duration window_;
  std::mutex mutex_;
  std::unordered_map<std::string, AttemptCount> counts_;  // guarded by mutex_, by the name's hash
};

}  // namespace porchlight::authority
