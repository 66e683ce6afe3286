// Threads of the log, and sequences of tasks on them: a shard's tasks are called one at a time and in order, on any of
// the threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/time.h"

namespace porchlight::nats {

// The time that deadlines are measured by.
inline SteadyTime steady_now() { return std::chrono::floor<Duration>(std::chrono::steady_clock::now()); }

// May be used from any thread.
class LogThreads {
 public:
  using PostedTask = std::move_only_function<void()>;

  explicit LogThreads(std::size_t count);
  // Waits for the tasks that run; those that wait are dropped.
  ~LogThreads();
  LogThreads(const LogThreads&) = delete;
  LogThreads& operator=(const LogThreads&) = delete;

  // Calls `task` after the duration, on one of the threads.
  void after(Duration delay, PostedTask task);

 private:
  friend class TaskSequence;
  class Pool;
  std::unique_ptr<Pool> pool_;
};

// A handle, which may be copied: its copies are the same sequence. May be used from any thread.
class TaskSequence {
 public:
  using PostedTask = LogThreads::PostedTask;

  // The threads must outlive the sequence and its copies.
  explicit TaskSequence(LogThreads& threads);

  // Calls `task` after those posted before, never within the call.
  void post(PostedTask task) const;
  // Posts `task` after the duration.
  void after(Duration delay, PostedTask task) const;
  // Waits for the task that runs; no other one is called from then on. Not to be called by a task of the sequence.
  void close() const;

 private:
  class Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace porchlight::nats
