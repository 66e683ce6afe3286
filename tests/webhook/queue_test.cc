// Whose turn it is, under times of the tests' own.
#include "webhook/queue.h"

#include <gtest/gtest.h>

namespace porchlight::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};

Errand to(const std::string& host, std::string body = "") {
  Errand errand;
  errand.url.host = host;
  errand.url.target = "/";
  errand.post.body = std::move(body);
  return errand;
}

void push(Queue& queue, const std::string& host, std::string body = "") {
  Errand errand = to(host, std::move(body));
  ASSERT_TRUE(queue.push(errand));
}

// The hosts whose turn it is, as long as there is one.
std::vector<std::string> hosts(Queue& queue, SteadyTime now = kStart) {
  std::vector<std::string> all;
  while (auto errand = queue.next(now)) all.push_back(errand->url.host);
  return all;
}

void answer(Queue& queue, const std::string& host, bool to_answering, bool answered = true) {
  queue.finished("https://" + host, to_answering, answered);
}

TEST(PostQueue, KeepsTheOrderOfAHostAndLetsHostsTakeTurns) {
  Queue queue({});
  for (const char* body : {"1", "2"}) push(queue, "a", body);
  push(queue, "b", "3");
  std::string order;
  while (auto errand = queue.next(kStart)) order += errand->url.host + errand->post.body;
  EXPECT_EQ(order, "a1b3a2");
}

TEST(PostQueue, HasSoManyUnderWayPerHost) {
  Queue queue({});
  for (int i = 0; i < 6; ++i) push(queue, "a");
  EXPECT_EQ(hosts(queue).size(), 4u);
  answer(queue, "a", false);
  EXPECT_EQ(hosts(queue).size(), 1u);
  answer(queue, "a", false);
  answer(queue, "a", false);
  EXPECT_EQ(hosts(queue).size(), 1u);  // there are no more
  EXPECT_TRUE(hosts(queue).empty());
}

TEST(PostQueue, HostsThatDoNotAnswerHaveHalfOfTheRoom) {
  Queue queue({.under_way = 10});
  push(queue, "good");
  ASSERT_EQ(hosts(queue).size(), 1u);
  answer(queue, "good", false);
  for (int i = 0; i < 20; ++i) push(queue, "dead" + std::to_string(i));
  EXPECT_EQ(hosts(queue).size(), 5u);
  for (int i = 0; i < 10; ++i) push(queue, "good");
  EXPECT_EQ(hosts(queue), std::vector<std::string>(4, "good"));
  answer(queue, "good", true, false);  // now it is one of them
  EXPECT_TRUE(hosts(queue).empty());
  for (int i = 0; i < 3; ++i) answer(queue, "good", true, false);
  answer(queue, "dead0", false, false);
  EXPECT_EQ(hosts(queue).size(), 1u);
}

TEST(PostQueue, HasSoManyUnderWayInAll) {
  Queue queue({.under_way = 3});
  for (const char* host : {"a", "b", "c", "d"}) {
    push(queue, host);
    for (const auto& next : hosts(queue)) answer(queue, next, false);
  }
  for (const char* host : {"a", "b", "c", "d"}) push(queue, host);
  EXPECT_EQ(hosts(queue).size(), 3u);
  answer(queue, "a", true);
  EXPECT_EQ(hosts(queue).size(), 1u);
}

TEST(PostQueue, OneAtATimeIsEnough) {
  Queue queue({.under_way = 1});
  push(queue, "a");
  EXPECT_EQ(hosts(queue).size(), 1u);
}

TEST(PostQueue, AHostHasItsShareOfASecond) {
  Queue queue({.under_way_per_host = 100, .per_host_and_second = 3});
  for (int i = 0; i < 8; ++i) push(queue, "a");
  EXPECT_EQ(queue.rested_at(), std::nullopt);
  EXPECT_EQ(hosts(queue).size(), 3u);
  EXPECT_EQ(queue.rested_at(), kStart + seconds(1));
  push(queue, "a");
  EXPECT_TRUE(hosts(queue, kStart + milliseconds(999)).empty());
  EXPECT_EQ(hosts(queue, kStart + seconds(1)).size(), 3u);
  EXPECT_EQ(hosts(queue, kStart + seconds(2)).size(), 3u);
  EXPECT_EQ(queue.rested_at(), std::nullopt);
}

TEST(PostQueue, TakesSoMuchAndNoMore) {
  Queue queue({.waiting_bytes = 10'000});
  Errand one = to("a", std::string(4'000, 'x')), two = to("b", std::string(4'000, 'x')),
         three = to("c", std::string(4'000, 'x'));
  EXPECT_TRUE(queue.push(one));
  EXPECT_TRUE(queue.push(two));
  EXPECT_FALSE(queue.push(three));
  EXPECT_EQ(three.post.body.size(), 4'000u);  // and it is left as it was
  ASSERT_TRUE(queue.next(kStart));
  EXPECT_TRUE(queue.push(three));
}

TEST(PostQueue, GivesBackAllThatWaits) {
  Queue queue({.under_way_per_host = 1, .per_host_and_second = 1});
  for (int i = 0; i < 3; ++i) push(queue, "a");
  push(queue, "b");
  ASSERT_TRUE(queue.next(kStart));
  EXPECT_EQ(queue.take_all().size(), 3u);
  EXPECT_TRUE(hosts(queue).empty());
  answer(queue, "a", false);
  EXPECT_TRUE(hosts(queue, kStart + seconds(5)).empty());
}

// However many hosts there were, what is remembered of them is bounded, and what waits is not forgotten.
TEST(PostQueue, ForgetsHostsWithNothingToDo) {
  Queue queue({.under_way = 1'000'000});
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
