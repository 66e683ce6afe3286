// Counts the work of reading one feed, and ends it when its reader stops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>

namespace porchlight::calendar {

// The steps that a feed may take: days that recurrences examine, occurrences that they find, and conversions to UTC. At
// most about 50 ms.
inline constexpr std::int64_t kWorkMax = 1'000'000;

class WorkBudget {
 public:
  WorkBudget() = default;
  // Used up as soon as `stop` is requested.
  explicit WorkBudget(std::stop_token stop) : stop_(std::move(stop)) {}

  // Takes `steps` from the budget. Returns false if the budget is used up.
  bool spend(std::int64_t steps) {
    steps_ += steps;
    return !is_used_up();
  }
  bool is_used_up() const { return steps_ > kWorkMax || is_stopped(); }
  bool is_stopped() const { return stop_.stop_requested(); }
  // Counts bytes of the feed that are examined. They have no limit of their own: each byte is examined a fixed number
  // of times, which tests check with this counter.
  void examine(std::size_t bytes) { bytes_ += bytes; }

  std::int64_t steps() const { return steps_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::stop_token stop_;
  std::int64_t steps_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace porchlight::calendar
