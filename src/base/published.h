// A value that one thread replaces while others use it.
#pragma once

#include <memory>
#include <utility>

#include "base/mutex.h"

namespace porchlight {

// Any thread. A reader keeps the value that it got, however often it is replaced meanwhile.
template <typename Value>
class Published {
 public:
  explicit Published(Value value) : value_(std::make_shared<const Value>(std::move(value))) {}

  // The newest value.
  std::shared_ptr<const Value> get() const {
    const MutexLock lock(mutex_);
    return value_;
  }
  // Replaces the value.
  void set(Value value) {
    auto next = std::make_shared<const Value>(std::move(value));
    const MutexLock lock(mutex_);
    value_.swap(next);
  }

 private:
  mutable Mutex mutex_;  // held only to copy the pointer
  std::shared_ptr<const Value> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight
