// An optional value on the heap. Takes eight bytes where std::optional takes the size of the value.
#pragma once

#include <memory>

namespace porchlight {

// Owns at most one T. Copies copy the value, and == compares values; two empty boxes are equal.
template <typename T>
class Box {
 public:
  // Empty.
  Box() = default;
  // Implicit, so that a value can be assigned.
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  // Whether the box has a value.
  explicit operator bool() const { return value_ != nullptr; }
  // The box must not be empty.
  T& operator*() const { return *value_; }
  T* operator->() const { return value_.get(); }
  // Null if the box is empty.
  T* get() const { return value_.get(); }
  // Destroys the value.
  void reset() { value_.reset(); }
  friend bool operator==(const Box& a, const Box& b) { return a && b ? *a == *b : !a == !b; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace porchlight
