// A test double of the webhook client: sends nothing, records the posts, and replies as the test says.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/worker.h"
#include "webhook/webhook_client.h"

namespace porchlight::webhook {

// Thread-safe. Callbacks are made on a thread of its own, as the real client does.
class FakeWebhookClient final : public WebhookClient {
 public:
  // The reply to a post; nullopt leaves the post open until the test answers it.
  using Rule = std::function<std::optional<Reply>(const Post&)>;

  FakeWebhookClient() = default;
  explicit FakeWebhookClient(Rule rule) : rule_(std::move(rule)) {}

  // Sets the rule for later posts.
  void answer_with(Rule rule) {
    const MutexLock lock(mutex_);
    rule_ = std::move(rule);
  }

  void post(Post post, ReplyCallback done) override {
    const MutexLock lock(mutex_);
    std::optional<Reply> reply = rule_ ? rule_(post) : std::nullopt;
    posts_.push_back(std::move(post));
    open_.emplace_back(std::move(done));
    if (reply) answer(std::prev(open_.end()), *std::move(reply));
    posted_.notify_all();
  }

  // All posts so far.
  std::vector<Post> posts() const {
    const MutexLock lock(mutex_);
    return posts_;
  }

  // The posts since the last take().
  std::vector<Post> take() {
    const MutexLock lock(mutex_);
    return std::exchange(posts_, {});
  }

  // Waits until the callbacks of all replies so far were called.
  void settle() {
    std::promise<void> done;
    worker_.run([&] { done.set_value(); });
    done.get_future().wait();
  }

  // Waits for that many posts and returns all. Throws after 20 seconds.
  std::vector<Post> wait_for(std::size_t count) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const MutexLock lock(mutex_);
    while (posts_.size() < count)
      if (!posted_.wait_until(mutex_, until)) throw std::runtime_error("timed out waiting for posts");
    return posts_;
  }

  // Replies to all open posts.
  void answer_all(const Reply& reply) {
    const MutexLock lock(mutex_);
    while (!open_.empty()) answer(open_.begin(), reply);
  }

  // Replies to the oldest open post. Throws if no post is open.
  void answer_oldest(Reply reply) {
    const MutexLock lock(mutex_);
    if (open_.empty()) throw std::logic_error("no post is open");
    answer(open_.begin(), std::move(reply));
  }

 private:
  // A callback that is called in any case: by answer(), or on destruction with kOther.
  class Open {
   public:
    explicit Open(ReplyCallback done) : done_(std::move(done)) {}
    Open(Open&& other) noexcept : done_(std::exchange(other.done_, nullptr)) {}
    Open& operator=(Open&& other) noexcept {
      std::swap(done_, other.done_);
      return *this;
    }
    ~Open() {
      if (done_) answer({.error = PostError::kOther});
    }
    void answer(Reply reply) { std::exchange(done_, nullptr)(std::move(reply)); }

   private:
    ReplyCallback done_;
  };

  // Calls the callback on the client's thread.
  void answer(std::deque<Open>::iterator open, Reply reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    worker_.run(
        [open = std::move(*open), reply = std::move(reply)]() mutable { open.answer(std::move(reply)); });
    open_.erase(open);
  }

  mutable Mutex mutex_;
  mutable CondVar posted_;
  Rule rule_ ABSL_GUARDED_BY(mutex_);
  std::vector<Post> posts_ ABSL_GUARDED_BY(mutex_);
  std::deque<Open> open_ ABSL_GUARDED_BY(mutex_);
  WorkerPool worker_{std::numeric_limits<std::size_t>::max()};
};

}  // namespace porchlight::webhook
