// A poster that sends nothing: a test says what is answered, and sees what was posted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/worker.h"
#include "webhook/webhook_client.h"

namespace porchlight::webhook {

class FakeWebhookClient final : public WebhookClient {
 public:
  // What is answered to a post; nothing: it stays open until answer_oldest().
  using Rule = std::function<std::optional<Reply>(const Post&)>;

  FakeWebhookClient() = default;
  explicit FakeWebhookClient(Rule rule) : rule_(std::move(rule)) {}

  // For posts from now on.
  void answer_with(Rule rule) {
    const std::lock_guard lock(mutex_);
    rule_ = std::move(rule);
  }

  void post(Post post, ReplyCallback done) override {
    const std::lock_guard lock(mutex_);
    std::optional<Reply> reply = rule_ ? rule_(post) : std::nullopt;
    posts_.push_back(std::move(post));
    open_.emplace_back(std::move(done));
    if (reply) answer(std::prev(open_.end()), *std::move(reply));
    came_.notify_all();
  }

  // All posts so far.
  std::vector<Post> posts() const {
    const std::lock_guard lock(mutex_);
    return posts_;
  }

  // What was posted since the last time.
  std::vector<Post> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(posts_, {});
  }

  // Waits until all that was answered has been told.
  void settle() {
    std::promise<void> told;
    worker_.run([&] { told.set_value(); });
    told.get_future().wait();
  }

  // The same once there are so many; throws where they do not come.
  std::vector<Post> wait_for(std::size_t count) const {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::seconds(20), [&] { return posts_.size() >= count; }))
      throw std::runtime_error("the posts did not come");
    return posts_;
  }

  // Answers all that is open.
  void answer_all(const Reply& reply) {
    const std::lock_guard lock(mutex_);
    while (!open_.empty()) answer(open_.begin(), reply);
  }

  // Answers the oldest post that is open; throws where there is none.
  void answer_oldest(Reply reply) {
    const std::lock_guard lock(mutex_);
    if (open_.empty()) throw std::logic_error("no post is open");
    answer(open_.begin(), std::move(reply));
  }

 private:
  // A `done` that is called in any case: by the answer, or at the end.
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

  // On the poster's own thread, as a real one does.
  void answer(std::deque<Open>::iterator open, Reply reply) {
    worker_.run(
        [open = std::move(*open), reply = std::move(reply)]() mutable { open.answer(std::move(reply)); });
    open_.erase(open);
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  Rule rule_;  // these three guarded by mutex_
  std::vector<Post> posts_;
  std::deque<Open> open_;
  Worker worker_{std::numeric_limits<std::size_t>::max()};
};

}  // namespace porchlight::webhook
