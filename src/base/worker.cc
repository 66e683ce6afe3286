#include "base/worker.h"

namespace porchlight {

Worker::Worker(std::size_t waiting_max)
    : waiting_max_(waiting_max), thread_([this](const std::stop_token& stop) { work(stop); }) {}

Worker::~Worker() = default;

bool Worker::run(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(task));
  }
  available_.notify_one();
  return true;
}

void Worker::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (available_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    task = {};  // what it holds goes before the lock is taken
    lock.lock();
  }
}

}  // namespace porchlight
