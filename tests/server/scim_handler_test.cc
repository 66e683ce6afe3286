// What waits for a SCIM thread: a flood of one tenant neither refuses nor delays the other tenants of its thread.
#include "server/scim_handler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "counted_handler.h"
#include "http/listen.h"
#include "http/loop.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Each reading of the time is a second later than the one before, so the times in answers tell their order.
class CountingClock final : public Clock {
 public:
  Time wall() const override {
    const int readings = ++readings_;
    readings_.notify_all();
    return Time(std::chrono::seconds(1'800'000'000 + readings));
  }
  SteadyTime steady() const override { return SteadyTime(std::chrono::hours(1)); }
  // Returns at the next reading after the first `count`.
  void await_more_readings_than(int count) const {
    for (int now = readings_; now <= count; now = readings_) readings_.wait(now);
  }
  int readings() const { return readings_; }

 private:
  mutable std::atomic<int> readings_ = 0;
};

// Two tenants that share a thread.
std::pair<Guid, Guid> tenants_of_one_thread() {
  std::map<std::size_t, Guid> by_thread;
  for (;;) {
    const Guid tenant = secure_random_guid();
    const auto [other, is_new] = by_thread.emplace(std::hash<Guid>{}(tenant) % kScimThreads, tenant);
    if (!is_new) return {other->second, tenant};
  }
}

class ScimHandlerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        node::Node::open(*node::DataFolder::create(temp_ / "data"), {}, clock_, node::Purpose::kCommand);
    ASSERT_TRUE(opened) << opened.error();
    node_ = *std::move(opened);
    handler_.emplace(*node_, clock_);
    flooder_ = add_tenant(tenants_.first);
    other_ = add_tenant(tenants_.second);
    loop_.emplace(counted_, loop_clock_, http::Limits{}, http::make_connection_limiter({}), nullptr,
                  std::vector<http::Listener>{{listener_, http::ListenerKind::kPlain}});
    thread_ = std::thread([this] { loop_->run(); });
    held_.emplace(node_->directory_mutex());
  }
  void TearDown() override {
    release();
    flood_.clear();  // waits for them
    loop_->drain({});
    thread_.join();
    handler_.reset();
    loop_.reset();
    ::close(listener_);
  }

  // Creates a user, on a connection of its own; the answer comes later.
  std::future<std::string> create_user(const std::string& token, const std::string& upn) {
    return counted_.await_one([&] {
      return std::async(std::launch::async, [this, token, upn] {
        return ask("http://127.0.0.1:" + std::to_string(http::port_of(listener_)), "POST", "/scim/v2/Users",
                   token, R"({"userName":")" + upn + "\"}");
      });
    });
  }
  // Holds the thread with one request, and lets `waiting` more wait for it.
  void flood(std::size_t waiting) {
    const int readings = clock_.readings();
    flood_.push_back(create_user(flooder_, "held@x.test"));
    clock_.await_more_readings_than(readings);
    for (std::size_t i = 0; i < waiting; ++i)
      flood_.push_back(create_user(flooder_, "u" + std::to_string(i) + "@x.test"));
  }
  // The thread waits for the mutex of the directory.
  void release() { held_.reset(); }

  std::vector<std::future<std::string>> flood_;
  std::string flooder_, other_;  // tokens

 private:
  std::string add_tenant(const Guid& tenant) {
    std::promise<void> done;
    node_->writer().submit({{tenant, {}, directory::TenantPut{.name = to_string(tenant)}}}, clock_.wall(),
                           [&](const state::Outcome&) { done.set_value(); });
    done.get_future().wait();
    return (*node_->scim())->tokens().make(tenant).value();
  }
  const std::pair<Guid, Guid> tenants_ = tenants_of_one_thread();
  const SystemClock loop_clock_;
  const CountingClock clock_;
  const int listener_ = http::listen_tcp("127.0.0.1:0").value();
  TempFolder temp_;
  std::unique_ptr<node::Node> node_;
  std::optional<ScimHandler> handler_;
  CountedHandler counted_{
      [this](const http::Request& request, http::Response& response, http::Exchange exchange) {
        return handler_->handle(request, response, std::move(exchange));
      }};
  std::optional<http::Loop> loop_;
  std::thread thread_;
  std::optional<MutexLock> held_;
};

// When the user in the answer was created.
std::string created(const std::string& answer) {
  const auto begin = answer.find("\"created\":\"");
  return begin == std::string::npos ? "" : answer.substr(begin + 11, 20);
}

TEST_F(ScimHandlerTest, AnotherTenantTakesItsTurn) {
  flood(8);
  auto of_other = create_user(other_, "ana@y.test");
  release();
  const std::string at = created(of_other.get());
  ASSERT_NE(at, "");
  // It waits for the one that runs and for one more.
  const auto earlier =
      std::ranges::count_if(flood_, [&](auto& answer) { return created(answer.get()) < at; });
  EXPECT_LE(earlier, 2);
}

TEST_F(ScimHandlerTest, AFullQueueRefusesTheTenantThatFillsIt) {
  flood(kWaitingForScimMax);
  EXPECT_THAT(create_user(flooder_, "newest@x.test").get(), StartsWith("HTTP/1.1 503 "));
  auto of_other = create_user(other_, "ana@y.test");
  EXPECT_THAT(flood_.back().get(), StartsWith("HTTP/1.1 503 "));  // made room
  flood_.pop_back();
  release();
  EXPECT_THAT(of_other.get(), StartsWith("HTTP/1.1 201 "));
  for (auto& answer : flood_) EXPECT_THAT(answer.get(), StartsWith("HTTP/1.1 201 "));
}

}  // namespace
}  // namespace porchlight::server
