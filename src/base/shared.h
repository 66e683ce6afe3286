// An optional immutable value that copies share. Calendars and visibility lists are in records, snapshots and events
// at the same time, and are stored once.
#pragma once

#include <memory>
#include <utility>

namespace porchlight {

// Copies refer to the same T; == compares values. Copies may be used by different threads.
template <typename T>
class Shared {
 public:
  // Empty.
  Shared() = default;
  // Implicit, so that a value can be assigned.
  Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}
  // Whether there is a value.
  explicit operator bool() const { return value_ != nullptr; }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  // Null if empty.
  const T* get() const { return value_.get(); }
  void reset() { value_.reset(); }
  friend bool operator==(const Shared& a, const Shared& b) {
    return a.value_ == b.value_ || (a && b && *a == *b);
  }

 private:
  std::shared_ptr<const T> value_;
};

}  // namespace porchlight
