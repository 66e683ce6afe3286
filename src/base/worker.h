// A thread with a bounded queue, for work that would block an event loop: DNS, disk, password hashing.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace porchlight {

// Runs tasks one at a time, in the order in which they were queued.
class Worker {
 public:
  using Task = std::move_only_function<void()>;

  // Starts the thread. At most `waiting_max` tasks wait in the queue, the running task not counted.
  explicit Worker(std::size_t waiting_max);
  // Waits for the running task. Queued tasks are destroyed without being run.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Queues `task`. Returns false, and destroys the task, if the queue is full. Any thread.
  bool run(Task task);

 private:
  // The thread's loop.
  void work();

  const std::size_t waiting_max_;
  Mutex mutex_;
  CondVar changed_;  // a task was queued, or stopping_ was set
  std::deque<Task> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the other members
};

}  // namespace porchlight
