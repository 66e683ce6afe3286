// Which batches are kept for the history, and which it reads from the log instead.
#include "history/recent_batches.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <thread>

#include "log/samples.h"

namespace porchlight::history {
namespace {

constexpr std::uint32_t kShard = 3;

log::Batch batch_of(std::size_t events) {
  return {.events = std::vector<log::Event>(events, log::session_event(1))};
}

void apply(RecentBatches& recent, std::initializer_list<std::uint64_t> numbers) {
  for (const std::uint64_t number : numbers) recent.on_applied({kShard, number}, batch_of(1));
}

std::vector<std::uint64_t> take(RecentBatches& recent, std::uint64_t from, std::size_t limit = 100) {
  std::vector<std::uint64_t> numbers;
  for (const log::StoredBatch& batch : recent.take(kShard, from, limit)) numbers.push_back(batch.seq);
  return numbers;
}

using Numbers = std::vector<std::uint64_t>;

TEST(RecentBatches, ReturnsEachBatchOnceInOrder) {
  RecentBatches recent;
  apply(recent, {1, 2, 3});
  EXPECT_EQ(take(recent, 1, 2), (Numbers{1, 2}));
  apply(recent, {4});
  EXPECT_EQ(take(recent, 3), (Numbers{3, 4}));
  EXPECT_EQ(take(recent, 5), Numbers{});
}

TEST(RecentBatches, KeepsThemWhileEarlierOnesAreReadFromTheLog) {
  RecentBatches recent;
  apply(recent, {7, 8, 9});
  EXPECT_EQ(take(recent, 5), Numbers{});
  EXPECT_EQ(take(recent, 7), (Numbers{7, 8, 9}));
}

TEST(RecentBatches, DropsThoseThatWereReadFromTheLog) {
  RecentBatches recent;
  apply(recent, {7, 8, 9});
  EXPECT_EQ(take(recent, 9), Numbers{9});
  EXPECT_EQ(take(recent, 7), Numbers{});
}

TEST(RecentBatches, HasNoGap) {
  RecentBatches recent;
  apply(recent, {1, 2, 4});
  EXPECT_EQ(take(recent, 1), Numbers{});
  EXPECT_EQ(take(recent, 4), Numbers{4});
}

TEST(RecentBatches, KeepsTheGreatestNumberOfEventsAndNoMore) {
  RecentBatches recent;
  recent.on_applied({kShard, 1}, batch_of(kRecentEventsMax - 1));
  recent.on_applied({kShard + 1, 1}, batch_of(1));
  apply(recent, {2});  // one too many: the shard is read from the log
  EXPECT_EQ(take(recent, 1), Numbers{});
  EXPECT_EQ(take(recent, 2), Numbers{});
  EXPECT_EQ(recent.take(kShard + 1, 1, 100).size(), 1u);
  recent.on_applied({kShard, 3}, batch_of(kRecentEventsMax));
  EXPECT_EQ(take(recent, 3), Numbers{3});
}

// Under the thread sanitizer, this also finds races.
TEST(RecentBatches, LosesNoBatchWhileItIsRead) {
  constexpr std::uint64_t kBatches = 2000;
  RecentBatches recent;
  std::thread writer([&] {
    for (std::uint64_t number = 1; number <= kBatches; ++number) apply(recent, {number});
  });
  for (std::uint64_t next = 1; next <= kBatches;)
    for (const std::uint64_t number : take(recent, next, 7)) EXPECT_EQ(number, next++);
  writer.join();
}

}  // namespace
}  // namespace porchlight::history
