// The queue is locked only to push and to pop. A task runs, and is destroyed, without the lock, so it may queue
// further tasks itself.
#include "base/worker.h"

#include "base/check.h"

namespace porchlight {

Worker::Worker(std::size_t waiting_max) : waiting_max_(waiting_max), thread_([this] { work(); }) {
  CHECK(waiting_max > 0u);
}

Worker::~Worker() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Worker::run(Task task) {
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void Worker::work() {
  MutexLock lock(mutex_);
  for (;;) {
    while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
    if (stopping_) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    task = {};  // its captures are destroyed before the lock is taken again
    lock.lock();
  }
}

}  // namespace porchlight
