// The threads of a pool. A task and the job run without the mutex, and a task is destroyed before the mutex is taken
// again: what it holds may itself queue a task.
#include "base/worker.h"

#include "base/check.h"

namespace porchlight {

WorkerPool::WorkerPool(std::size_t waiting_max, std::size_t threads) : waiting_max_(waiting_max) {
  CHECK(threads > 0);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::WorkerPool(std::size_t waiting_max, IdleJob job)
    : waiting_max_(waiting_max), job_(std::move(job)), job_due_(std::chrono::steady_clock::now()) {
  threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  std::deque<Task> left;
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  {
    const MutexLock lock(mutex_);
    left.swap(waiting_);
  }
  for (Task& task : left) task(TaskStatus::kStopping);
}

bool WorkerPool::run(Task task) {
  const TaskStatus status = queue(task);
  if (status == TaskStatus::kRun)
    changed_.notify_one();
  else
    task(status);
  return status == TaskStatus::kRun;
}

TaskStatus WorkerPool::queue(Task& task) {
  const MutexLock lock(mutex_);
  if (is_stopping_) return TaskStatus::kStopping;
  if (waiting_.size() >= waiting_max_) return TaskStatus::kQueueFull;
  waiting_.push_back(std::move(task));
  return TaskStatus::kRun;
}

bool WorkerPool::wait() {
  while (!is_stopping_ && waiting_.empty()) {
    if (!job_)
      changed_.wait(mutex_);
    else if (!changed_.wait_until(mutex_, job_due_))
      break;
  }
  return !is_stopping_;
}

void WorkerPool::work() {
  MutexLock lock(mutex_);
  while (wait()) {
    Task task;
    if (!waiting_.empty()) {
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    lock.unlock();
    if (task) task(TaskStatus::kRun);
    task = {};
    if (job_ && std::chrono::steady_clock::now() >= job_due_) job_due_ = job_();
    lock.lock();
  }
}

}  // namespace porchlight
