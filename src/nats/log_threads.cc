#include "nats/log_threads.h"

// The thread sanitizer does not understand fences. The mutexes around them suffice here.
#ifdef __SANITIZE_THREAD__
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/mutex.h"

namespace porchlight::nats {

namespace asio = boost::asio;

class LogThreads::Pool {
 public:
  explicit Pool(std::size_t count) : threads(count) {}
  ~Pool() {
    threads.stop();
    threads.join();
  }
  asio::thread_pool threads;
};

LogThreads::LogThreads(std::size_t count) : pool_(std::make_unique<Pool>(count)) {}

LogThreads::~LogThreads() = default;

void LogThreads::after(Duration delay, PostedTask task) {
  auto timer = std::make_shared<asio::steady_timer>(pool_->threads, delay);
  timer->async_wait([timer, task = std::move(task)](const boost::system::error_code&) mutable { task(); });
}

// The lock is held during each task, and only close() waits for it.
class TaskSequence::Queue {
 public:
  explicit Queue(LogThreads& its_threads)
      : threads(its_threads), strand(asio::make_strand(its_threads.pool_->threads)) {}

  void call(PostedTask& task) {
    const MutexLock lock(running);
    if (!is_closed) task();
  }

  LogThreads& threads;
  asio::strand<asio::thread_pool::executor_type> strand;
  Mutex running;
  bool is_closed ABSL_GUARDED_BY(running) = false;
};

TaskSequence::TaskSequence(LogThreads& threads) : queue_(std::make_shared<Queue>(threads)) {}

void TaskSequence::post(PostedTask task) const {
  asio::post(queue_->strand, [queue = queue_, task = std::move(task)]() mutable {
    queue->call(task);
    task = {};
  });
}

void TaskSequence::after(Duration delay, PostedTask task) const {
  queue_->threads.after(delay,
                        [self = *this, task = std::move(task)]() mutable { self.post(std::move(task)); });
}

void TaskSequence::close() const {
  const MutexLock lock(queue_->running);
  queue_->is_closed = true;
}

}  // namespace porchlight::nats
