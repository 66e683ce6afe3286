// How often a page of metrics is made, and how many requests may wait for it.
#include "server/metrics_handler.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "counted_handler.h"
#include "http/listen.h"
#include "http/loop.h"
#include "small_client.h"

namespace porchlight::server {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class MetricsHandlerTest : public testing::Test {
 protected:
  void SetUp() override {
    metrics_ = std::make_unique<MetricsHandler>([this] { return make_page(); }, clock_);
    listener_ = http::listen_tcp("127.0.0.1:0").value();
    url_ = "http://127.0.0.1:" + std::to_string(http::port_of(listener_));
    http::Limits limits;
    limits.unauthenticated_per_address = kWaitingScrapesMax + 10;
    loop_ = std::make_unique<http::Loop>(
        handler_, system_clock_, limits, http::make_connection_limiter(limits), nullptr,
        std::vector<http::Listener>{{listener_, http::ListenerKind::kMetrics}});
    thread_ = std::thread([this] { loop_->run(); });
  }
  void TearDown() override {
    loop_->drain({});
    thread_.join();
    metrics_.reset();
    loop_.reset();
    ::close(listener_);
  }
  std::string scrape() { return ask(url_, "GET", "/metrics"); }

  const SystemClock system_clock_;
  ManualClock clock_{Time{}};
  std::atomic<bool> holds_ = false;
  std::unique_ptr<MetricsHandler> metrics_;
  CountedHandler handler_{
      [this](const http::Request& request, http::Response& response, http::Exchange exchange) {
        return metrics_->handle(request, response, std::move(exchange));
      }};
  int listener_ = -1;
  std::string url_;
  std::unique_ptr<http::Loop> loop_;
  std::thread thread_;

 private:
  std::string make_page() {
    holds_.wait(true);
    return "page " + std::to_string(++pages_) + "\n";
  }
  int pages_ = 0;
};

TEST_F(MetricsHandlerTest, APageIsMadeOnceASecond) {
  EXPECT_THAT(scrape(), EndsWith("\r\n\r\npage 1\n"));
  clock_.advance(kPageLife - Duration(1));
  EXPECT_THAT(scrape(), EndsWith("\r\n\r\npage 1\n"));
  clock_.advance(Duration(1));
  EXPECT_THAT(scrape(), EndsWith("\r\n\r\npage 2\n"));
}

TEST_F(MetricsHandlerTest, TooManyRequestsGet503) {
  holds_ = true;
  std::vector<std::future<std::string>> waiting;
  waiting.reserve(kWaitingScrapesMax + 1);
  for (std::size_t i = 0; i <= kWaitingScrapesMax; ++i)
    waiting.push_back(
        handler_.await_one([&] { return std::async(std::launch::async, [this] { return scrape(); }); }));
  // One is being made or waits to be; the queue is full at the latest with the next two.
  auto one = handler_.await_one([&] { return std::async(std::launch::async, [this] { return scrape(); }); });
  auto two = handler_.await_one([&] { return std::async(std::launch::async, [this] { return scrape(); }); });
  holds_ = false;
  holds_.notify_all();
  int refused = 0;
  waiting.push_back(std::move(one));
  waiting.push_back(std::move(two));
  for (auto& answer : waiting) refused += answer.get().starts_with("HTTP/1.1 503 ") ? 1 : 0;
  EXPECT_GE(refused, 2);
  EXPECT_LE(refused, 3);
}

}  // namespace
}  // namespace porchlight::server
