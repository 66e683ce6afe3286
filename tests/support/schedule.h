// Virtual time: tasks that run one after the other at their times, on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace porchlight {

// For one thread. Tasks of the same time run in the order in which they were added.
class Schedule {
 public:
  using Task = std::move_only_function<void()>;

  SteadyTime now() const { return now_; }
  // Adds a task, after `delay` ms from now.
  void after(Duration delay, Task task) {
    tasks_.emplace(std::pair{now_ + delay, number_++}, std::move(task));
  }
  // Runs the next task if it is due by `until`; otherwise moves the time there and returns false.
  bool run_next(SteadyTime until) {
    if (tasks_.empty() || tasks_.begin()->first.first > until) {
      now_ = std::max(now_, until);
      return false;
    }
    auto next = tasks_.extract(tasks_.begin());
    now_ = next.key().first;
    next.mapped()();
    return true;
  }
  // Runs all tasks that are due by then.
  void run_until(SteadyTime until) {
    while (run_next(until)) {
    }
  }
  void run_for(Duration time) { run_until(now_ + time); }

 private:
  SteadyTime now_{};
  std::uint64_t number_ = 0;
  std::map<std::pair<SteadyTime, std::uint64_t>, Task> tasks_;
};

}  // namespace porchlight
