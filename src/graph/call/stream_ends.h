// The users whose open streams an administrator has ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>

#include "base/mutex.h"
#include "state/user_key.h"

namespace porchlight::graph {

// Users that are remembered. If there are more, all streams that are open end, and their clients open them again.
inline constexpr std::size_t kStreamEndsMax = 10'000;

// Each end has a number, which grows: a stream remembers the last one before it was opened. Any thread.
class StreamEnds {
 public:
  // Ends the streams of the user that are open now.
  void end(const state::UserKey& user) {
    const MutexLock lock(mutex_);
    const std::uint64_t number = last_.load(std::memory_order_relaxed) + 1;
    if (users_.size() >= kStreamEndsMax && !users_.contains(user)) {
      users_.clear();
      all_ = number;
    }
    users_[user] = number;
    last_.store(number, std::memory_order_release);
  }
  // The number of the last end.
  std::uint64_t last() const { return last_.load(std::memory_order_acquire); }
  // Whether a stream of the user was ended that was opened when last() was `opened`.
  bool has_ended(const state::UserKey& user, std::uint64_t opened) const {
    if (last() == opened) return false;
    const MutexLock lock(mutex_);
    const auto found = users_.find(user);
    return all_ > opened || (found != users_.end() && found->second > opened);
  }

 private:
  mutable Mutex mutex_;
  std::map<state::UserKey, std::uint64_t> users_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t all_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> last_ = 0;
};

}  // namespace porchlight::graph
