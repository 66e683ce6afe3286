// The post queue, under times chosen by the tests.
#include "webhook/post_queue.h"

#include <gtest/gtest.h>

namespace porchlight::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};

DeliveryTask to(const std::string& host, std::string body = "") {
  DeliveryTask task;
  task.url.host = host;
  task.url.target = "/";
  task.post.body = std::move(body);
  return task;
}

void push(PostQueue& queue, const std::string& host, std::string body = "") {
  DeliveryTask task = to(host, std::move(body));
  ASSERT_TRUE(queue.push(task));
}

// Starts posts until none may start, and returns their hosts in order.
std::vector<std::string> hosts(PostQueue& queue, SteadyTime now = kStart) {
  std::vector<std::string> all;
  while (auto task = queue.next(now)) all.push_back(task->url.host);
  return all;
}

void answer(PostQueue& queue, const std::string& host, bool is_responsive, bool answered = true) {
  queue.finished("https://" + host, is_responsive, answered);
}

TEST(PostQueue, KeepsAHostsOrderAndAlternatesHosts) {
  PostQueue queue({});
  for (const char* body : {"1", "2"}) push(queue, "a", body);
  push(queue, "b", "3");
  std::string order;
  while (auto task = queue.next(kStart)) order += task->url.host + task->post.body;
  EXPECT_EQ(order, "a1b3a2");
}

TEST(PostQueue, LimitsPostsInFlightPerHost) {
  PostQueue queue({});
  for (int i = 0; i < 6; ++i) push(queue, "a");
  EXPECT_EQ(hosts(queue).size(), 4u);
  answer(queue, "a", false);
  EXPECT_EQ(hosts(queue).size(), 1u);
  answer(queue, "a", false);
  answer(queue, "a", false);
  EXPECT_EQ(hosts(queue).size(), 1u);  // the last one
  EXPECT_TRUE(hosts(queue).empty());
}

TEST(PostQueue, HostsThatDoNotAnswerGetHalfOfThePlaces) {
  PostQueue queue({.in_flight = 10});
  push(queue, "good");
  ASSERT_EQ(hosts(queue).size(), 1u);
  answer(queue, "good", false);
  for (int i = 0; i < 20; ++i) push(queue, "dead" + std::to_string(i));
  EXPECT_EQ(hosts(queue).size(), 5u);
  for (int i = 0; i < 10; ++i) push(queue, "good");
  EXPECT_EQ(hosts(queue), std::vector<std::string>(4, "good"));
  answer(queue, "good", true, false);  // now it counts as not answering
  EXPECT_TRUE(hosts(queue).empty());
  for (int i = 0; i < 3; ++i) answer(queue, "good", true, false);
  answer(queue, "dead0", false, false);
  EXPECT_EQ(hosts(queue).size(), 1u);
}

TEST(PostQueue, LimitsPostsInFlightInAll) {
  PostQueue queue({.in_flight = 3});
  for (const char* host : {"a", "b", "c", "d"}) {
    push(queue, host);
    for (const auto& next : hosts(queue)) answer(queue, next, false);
  }
  for (const char* host : {"a", "b", "c", "d"}) push(queue, host);
  EXPECT_EQ(hosts(queue).size(), 3u);
  answer(queue, "a", true);
  EXPECT_EQ(hosts(queue).size(), 1u);
}

TEST(PostQueue, WorksWithOnePlace) {
  PostQueue queue({.in_flight = 1});
  push(queue, "a");
  EXPECT_EQ(hosts(queue).size(), 1u);
}

TEST(PostQueue, LimitsPostsPerHostAndSecond) {
  PostQueue queue({.in_flight_per_host = 100, .per_host_and_second = 3});
  for (int i = 0; i < 8; ++i) push(queue, "a");
  EXPECT_EQ(queue.throttled_until(), std::nullopt);
  EXPECT_EQ(hosts(queue).size(), 3u);
  EXPECT_EQ(queue.throttled_until(), kStart + seconds(1));
  push(queue, "a");
  EXPECT_TRUE(hosts(queue, kStart + milliseconds(999)).empty());
  EXPECT_EQ(hosts(queue, kStart + seconds(1)).size(), 3u);
  EXPECT_EQ(hosts(queue, kStart + seconds(2)).size(), 3u);
  EXPECT_EQ(queue.throttled_until(), std::nullopt);
}

TEST(PostQueue, LimitsTheWaitingBytes) {
  PostQueue queue({.waiting_bytes = 10'000});
  DeliveryTask one = to("a", std::string(4'000, 'x')), two = to("b", std::string(4'000, 'x')),
               three = to("c", std::string(4'000, 'x'));
  EXPECT_TRUE(queue.push(one));
  EXPECT_TRUE(queue.push(two));
  EXPECT_FALSE(queue.push(three));
  EXPECT_EQ(three.post.body.size(), 4'000u);  // unchanged
  ASSERT_TRUE(queue.next(kStart));
  EXPECT_TRUE(queue.push(three));
}

TEST(PostQueue, ReturnsAllWaitingPosts) {
  PostQueue queue({.in_flight_per_host = 1, .per_host_and_second = 1});
  for (int i = 0; i < 3; ++i) push(queue, "a");
  push(queue, "b");
  ASSERT_TRUE(queue.next(kStart));
  EXPECT_EQ(queue.take_all().size(), 3u);
  EXPECT_TRUE(hosts(queue).empty());
  answer(queue, "a", false);
  EXPECT_TRUE(hosts(queue, kStart + seconds(5)).empty());
}

// The number of idle hosts that are remembered is limited, and waiting posts are kept.
TEST(PostQueue, ForgetsIdleHosts) {
  PostQueue queue({.in_flight = 1'000'000});
  push(queue, "busy");
  push(queue, "known");
  ASSERT_EQ(hosts(queue).size(), 2u);
  answer(queue, "known", false);
  for (int i = 0; i < 50'000; ++i) {
    push(queue, std::to_string(i));
    for (const auto& host : hosts(queue)) answer(queue, host, false);
  }
  answer(queue, "busy", false);
  push(queue, "busy");
  EXPECT_EQ(hosts(queue).size(), 1u);
}

}  // namespace
}  // namespace porchlight::webhook
