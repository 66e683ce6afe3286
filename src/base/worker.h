// A pool of threads with a bounded queue, for work that would delay a serving loop: disk writes, name lookups,
// password hashes.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "base/fair_queue.h"
#include "base/mutex.h"

namespace porchlight {

// Why the pool calls a task.
enum class TaskStatus : std::uint8_t {
  kRun,        // on a thread of the pool
  kQueueFull,  // within run(), of this task or of another: too many tasks wait, most of them of this task's owner
  kStopping,  // within run() or the destructor: the pool ends before the task's turn
};

// How the threads of a pool compete for a core with the thread that makes the pool: what is added to their nice value,
// which is at most 19. kEqual: by turns. kLow: the serving loops go first, and get about nine times as much of a core.
// kLowest: they run while no other thread of the machine wants the core.
enum class CpuShare : std::uint8_t { kEqual = 0, kLow = 10, kLowest = 19 };

class WorkerPool {
 public:
  // Called exactly once, with its status, and destroyed before the next task of that thread. An exception that
  // leaves it ends the process.
  using Task = std::move_only_function<void(TaskStatus)>;
  // A job that runs between tasks; returns when it is due again.
  using IdleJob = std::move_only_function<std::chrono::steady_clock::time_point()>;

  // At most `waiting_max` tasks wait. Owners take turns (fair_queue.h). Tasks of one owner start in the order of run();
  // with one thread they also end in it.
  explicit WorkerPool(std::size_t waiting_max, std::size_t threads = 1, CpuShare share = CpuShare::kEqual);
  // One thread, which also runs `job`: at once, and whenever it is due and no task is running.
  WorkerPool(std::size_t waiting_max, IdleJob job);
  // Waits for the tasks that run, then calls those that wait with kStopping.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Requested when the pool ends: a task that takes long may end early. Any thread.
  std::stop_token stop_token() const { return stop_.get_token(); }

  // The tasks that wait. Any thread.
  std::size_t waiting() const {
    const MutexLock lock(mutex_);
    return waiting_.size();
  }
  // Queues `task`. Returns false if it was called with another status than kRun at once. Any thread.
  bool run(const QueueOwner& owner, Task task);
  bool run(Task task) { return run({}, std::move(task)); }
  // The same for a task that is dropped instead of being called with another status than kRun.
  template <std::invocable F>
  bool run(F task) {
    return run(Task([task = std::move(task)](TaskStatus status) mutable {
      if (status == TaskStatus::kRun) task();
    }));
  }

 private:
  // A task in the queue. The number tells whether the task that makes room is the one that was just added.
  struct WaitingTask {
    Task task;
    std::uint64_t number;
  };
  // A task that is not run, and why.
  struct Refused {
    Task task;
    TaskStatus status;
    bool is_new;  // the task of this run(), and not one that waited
  };

  void work();
  // Takes the task into the queue. Returns the task that is refused for it, if any.
  std::optional<Refused> queue(const QueueOwner& owner, Task task);
  // Waits until a task can start or the job is due. Returns false if the pool stops.
  bool wait() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  IdleJob job_;  // used by the pool's only thread, as job_due_ is
  std::chrono::steady_clock::time_point job_due_;
  mutable Mutex mutex_;
  CondVar changed_;
  FairQueue<WaitingTask> waiting_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
};

}  // namespace porchlight
