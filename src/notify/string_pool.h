// Strings that many subscriptions share, such as URLs: each is stored once.
#pragma once

#include <absl/container/btree_map.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace porchlight::notify {

// Null means no string. Two strings of one pool are equal if and only if their pointers are.
using InternedString = std::shared_ptr<const std::string>;

// Frees a string with its last user. Thread-safe.
class StringPool {
 public:
  // The shared copy of a string, which is created if needed.
  InternedString intern(std::string_view text) {
    const MutexLock lock(mutex_);
    const auto found = strings_.find(text);
    if (found != strings_.end()) {
      if (InternedString shared = found->second.lock()) return shared;
      strings_.erase(found);
    }
    if (strings_.size() >= sweep_at_) sweep();
    const auto made = std::make_shared<const std::string>(text);
    strings_.emplace(std::string(text), made);
    return made;
  }

 private:
  static constexpr std::size_t kSweepMin = 64;

  // Removes expired entries. The size at least doubles between two sweeps, so each costs O(1) amortized.
  void sweep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::erase_if(strings_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kSweepMin, 2 * strings_.size());
  }

  Mutex mutex_;
  absl::btree_map<std::string, std::weak_ptr<const std::string>, std::less<>> strings_
      ABSL_GUARDED_BY(mutex_);
  std::size_t sweep_at_ ABSL_GUARDED_BY(mutex_) = kSweepMin;  // size at which to sweep
};

}  // namespace porchlight::notify
