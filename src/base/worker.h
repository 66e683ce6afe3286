// One thread for work that would hold up others: tasks run one after the other, in order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace porchlight {

class Worker {
 public:
  using Task = std::move_only_function<void()>;

  // Takes at most so many tasks that wait.
  explicit Worker(std::size_t waiting_max);
  // Waits for the task that runs; those that wait are dropped.
  ~Worker();

  // Has `task` run; false, and it is dropped, where too many wait. From any thread.
  bool run(Task task);

 private:
  void work(const std::stop_token& stop);

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable_any available_;
  std::deque<Task> waiting_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace porchlight
