// The threads of a pool. A task and the job run without the mutex, and a task is destroyed before the mutex is taken
// again: what it holds may itself queue a task.
#include "base/worker.h"

#include <sys/resource.h>

#include "base/check.h"

namespace porchlight {
namespace {

// Linux applies the value to the calling thread alone. It never fails: every process may lower its share.
void take_share(CpuShare share) {
  (void)::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + static_cast<int>(share));
}

}  // namespace

WorkerPool::WorkerPool(std::size_t waiting_max, std::size_t threads, CpuShare share) : waiting_(waiting_max) {
  CHECK(threads > 0);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, share] {
      take_share(share);
      work();
    });
  }
}

WorkerPool::WorkerPool(std::size_t waiting_max, IdleJob job)
    : job_(std::move(job)), job_due_(std::chrono::steady_clock::now()), waiting_(waiting_max) {
  threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  stop_.request_stop();
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  std::vector<Task> left;
  {
    const MutexLock lock(mutex_);
    while (!waiting_.empty()) left.push_back(waiting_.pop().task);
  }
  for (Task& task : left) task(TaskStatus::kStopping);
}

bool WorkerPool::run(const QueueOwner& owner, Task task) {
  auto refused = queue(owner, std::move(task));
  if (refused) refused->task(refused->status);
  if (refused && refused->is_new) return false;
  changed_.notify_one();
  return true;
}

std::optional<WorkerPool::Refused> WorkerPool::queue(const QueueOwner& owner, Task task) {
  const MutexLock lock(mutex_);
  if (is_stopping_) return Refused{std::move(task), TaskStatus::kStopping, true};
  const std::uint64_t number = ++last_number_;
  auto removed = waiting_.push(owner, {std::move(task), number});
  if (!removed) return std::nullopt;
  return Refused{std::move(removed->task), TaskStatus::kQueueFull, removed->number == number};
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
    if (!waiting_.empty()) task = waiting_.pop().task;
    lock.unlock();
    if (task) task(TaskStatus::kRun);
    task = {};
    if (job_ && std::chrono::steady_clock::now() >= job_due_) job_due_ = job_();
    lock.lock();
  }
}

}  // namespace porchlight
