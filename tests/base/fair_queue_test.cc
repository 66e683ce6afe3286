// FairQueue: turns of tenants and of their sources, order within a source, and which item makes room.
#include "base/fair_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace porchlight {
namespace {

// All items, in the order in which they leave.
std::vector<std::string> drain(FairQueue<std::string>& queue) {
  std::vector<std::string> items;
  while (!queue.empty()) items.push_back(queue.pop());
  return items;
}

TEST(FairQueue, TenantsTakeTurns) {
  FairQueue<std::string> queue(10);
  for (const char* item : {"a1", "a2", "a3"}) queue.push({.tenant = 1}, item);
  for (const char* item : {"b1", "b2"}) queue.push({.tenant = 2}, item);
  queue.push({.tenant = 3}, "c1");
  EXPECT_EQ(drain(queue), (std::vector<std::string>{"a1", "b1", "c1", "a2", "b2", "a3"}));
}

TEST(FairQueue, SourcesOfATenantTakeTurns) {
  FairQueue<std::string> queue(10);
  for (const char* item : {"a1", "a2", "a3"}) queue.push({.tenant = 1, .source = 1}, item);
  for (const char* item : {"b1", "b2"}) queue.push({.tenant = 1, .source = 2}, item);
  for (const char* item : {"c1", "c2"}) queue.push({.tenant = 2, .source = 1}, item);
  EXPECT_EQ(drain(queue), (std::vector<std::string>{"a1", "c1", "b1", "c2", "a2", "b2", "a3"}));
}

TEST(FairQueue, ATurnIsKeptWhileItemsArrive) {
  FairQueue<std::string> queue(10);
  queue.push({.tenant = 1}, "a1");
  queue.push({.tenant = 2}, "b1");
  EXPECT_EQ(queue.pop(), "a1");
  queue.push({.tenant = 1}, "a2");  // not before b1
  EXPECT_EQ(queue.pop(), "b1");
  EXPECT_EQ(queue.pop(), "a2");
}

TEST(FairQueue, AFullQueueLosesTheNewestOfItsLongestSource) {
  FairQueue<std::string> queue(4);
  for (const char* item : {"a1", "a2", "a3"}) queue.push({.tenant = 1, .source = 1}, item);
  EXPECT_EQ(queue.push({.tenant = 1, .source = 2}, "b1"), std::nullopt);
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_EQ(queue.push({.tenant = 1, .source = 1}, "a4"), "a4");  // itself
  EXPECT_EQ(queue.push({.tenant = 2, .source = 3}, "c1"), "a3");
  EXPECT_EQ(queue.push({.tenant = 2, .source = 3}, "c2"), "a2");
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_EQ(drain(queue), (std::vector<std::string>{"a1", "c1", "b1", "c2"}));
}

// One owner fills the queue without end; an item of another one enters at once and leaves after at most one more item.
TEST(FairQueue, AFloodDelaysAnotherOwnerByOneItem) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    FairQueue<std::string> queue(32);
    const std::uint64_t flooding = random() % 3, other = flooding + 1 + random() % 3;
    for (unsigned i = 0; i < 32 + random() % 32; ++i)
      queue.push({.tenant = flooding, .source = random() % 8}, "flood");
    for (unsigned i = 0; i < random() % 5; ++i) queue.pop();
    EXPECT_NE(queue.push({.tenant = other}, "other"), "other");
    int before = 0;
    while (queue.pop() != "other") ++before;
    EXPECT_LE(before, 1);
  }
}

}  // namespace
}  // namespace porchlight
