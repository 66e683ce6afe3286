// What becomes of each request of a queue: it runs, or it is refused with the reason.
#include "server/request_queue.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "http/listen.h"
#include "http/loop.h"
#include "small_client.h"

namespace porchlight::server {
namespace {

// Passes each request to the queue. The first one runs until go().
class QueueHandler final : public http::Handler {
 public:
  http::Admission admit(const http::Request&, std::int64_t, http::Response&) override { return true; }
  http::HandleResult handle(const http::Request& request, http::Response&, http::Exchange exchange) override {
    const auto queued = queue_->handle({}, request, std::move(exchange),
                                       [this](const http::Request& owned, http::Response& out) {
                                         nice_ = ::getpriority(PRIO_PROCESS, 0);
                                         if (owned.path == "/first") {
                                           running_.set_value();
                                           go_.get_future().wait();
                                         }
                                         out.body = "ran " + std::string(owned.path);
                                       });
    ++handled_;
    handled_.notify_all();
    return queued;
  }
  void refuse(int status, std::string_view, http::Response& response) override { response.status = status; }

  void await_running() { running_.get_future().wait(); }
  void await_handled(int count) {
    for (int now = handled_; now < count; now = handled_) handled_.wait(now);
  }
  void go() { go_.set_value(); }
  // The nice value of the thread on which a request ran.
  int nice() const { return nice_; }
  // Ends the queue on the calling thread. Requests may still come while its destructor waits.
  void close() { owned_queue_.reset(); }

 private:
  static void refuse_task(TaskStatus why, http::Response& response) {
    response.status = 503;
    response.body = why == TaskStatus::kQueueFull  ? "full"
                    : why == TaskStatus::kStopping ? "stopping"
                                                   : "run";
  }
  std::promise<void> running_, go_;
  std::atomic<int> handled_ = 0, nice_ = -1;
  std::unique_ptr<RequestQueue> owned_queue_ = std::make_unique<RequestQueue>(1, 1, refuse_task);
  RequestQueue* const queue_ = owned_queue_.get();
};

TEST(RequestQueue, AnswersEachRequestWithItsStatus) {
  const SystemClock clock;
  const int listener = http::listen_tcp("127.0.0.1:0").value();
  QueueHandler handler;
  http::Loop loop(handler, clock, {}, http::make_connection_limiter({}), nullptr,
                  {{listener, http::ListenerKind::kPlain}});
  std::thread loop_thread([&] { loop.run(); });
  const std::string url = "http://127.0.0.1:" + std::to_string(http::port_of(listener));
  const auto request = [&](const std::string& path) {
    return std::async(std::launch::async, [url, path] { return ask(url, "GET", path); });
  };

  auto first = request("/first");
  handler.await_running();
  EXPECT_EQ(handler.nice(), std::min(::getpriority(PRIO_PROCESS, 0) + 10, 19)) << "loops go before the queue";
  auto second = request("/second");  // waits: the queue has room for one
  handler.await_handled(2);
  const std::string third = ask(url, "GET", "/third");
  EXPECT_TRUE(third.starts_with("HTTP/1.1 503 ") && third.ends_with("\r\n\r\nfull")) << third;

  // The destructor waits for the request that runs, and refuses the one that waits and those that come.
  std::thread closing([&] { handler.close(); });
  while (!ask(url, "GET", "/fourth").ends_with("\r\n\r\nstopping")) std::this_thread::yield();
  handler.go();
  closing.join();
  const std::string ran = first.get(), left = second.get();
  EXPECT_TRUE(ran.starts_with("HTTP/1.1 200 ") && ran.ends_with("\r\n\r\nran /first")) << ran;
  EXPECT_TRUE(left.starts_with("HTTP/1.1 503 ") && left.ends_with("\r\n\r\nstopping")) << left;
  loop.drain({});
  loop_thread.join();
  ::close(listener);
}

}  // namespace
}  // namespace porchlight::server
