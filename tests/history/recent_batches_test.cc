// Which batches are kept for the history, and which it reads from the log instead.
#include "history/recent_batches.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <thread>

#include "log/samples.h"
#include "state/writer_fixture.h"

namespace porchlight::history {
namespace {

constexpr std::uint32_t kShard = 3;

log::Batch batch_of(std::size_t events) {
  return {.events = std::vector<log::Event>(events, log::session_event(1))};
}

void apply(RecentBatches& recent, std::initializer_list<std::uint64_t> numbers) {
  for (const std::uint64_t number : numbers) recent.on_applying({kShard, number}, batch_of(1));
}

std::vector<std::uint64_t> take(RecentBatches& recent, std::uint64_t from, std::size_t limit = 100) {
  std::vector<std::uint64_t> numbers;
  for (const RecentBatch& batch : recent.take(kShard, from, limit)) numbers.push_back(batch.stored.seq);
  return numbers;
}

using Numbers = std::vector<std::uint64_t>;

TEST(RecentBatches, ReturnsEachBatchOnceInOrder) {
  const state::View view;
  RecentBatches recent(view);
  apply(recent, {1, 2, 3});
  EXPECT_EQ(take(recent, 1, 2), (Numbers{1, 2}));
  apply(recent, {4});
  EXPECT_EQ(take(recent, 3), (Numbers{3, 4}));
  EXPECT_EQ(take(recent, 5), Numbers{});
}

TEST(RecentBatches, KeepsThemWhileEarlierOnesAreReadFromTheLog) {
  const state::View view;
  RecentBatches recent(view);
  apply(recent, {7, 8, 9});
  EXPECT_EQ(take(recent, 5), Numbers{});
  EXPECT_EQ(take(recent, 7), (Numbers{7, 8, 9}));
}

TEST(RecentBatches, DropsThoseThatWereReadFromTheLog) {
  const state::View view;
  RecentBatches recent(view);
  apply(recent, {7, 8, 9});
  EXPECT_EQ(take(recent, 9), Numbers{9});
  EXPECT_EQ(take(recent, 7), Numbers{});
}

TEST(RecentBatches, HasNoGap) {
  const state::View view;
  RecentBatches recent(view);
  apply(recent, {1, 2, 4});
  EXPECT_EQ(take(recent, 1), Numbers{});
  EXPECT_EQ(take(recent, 4), Numbers{4});
}

TEST(RecentBatches, KeepsTheGreatestNumberOfEventsAndNoMore) {
  const state::View view;
  RecentBatches recent(view);
  recent.on_applying({kShard, 1}, batch_of(kRecentEventsMax - 1));
  recent.on_applying({kShard + 1, 1}, batch_of(1));
  apply(recent, {2});  // one too many: the shard is read from the log
  EXPECT_EQ(take(recent, 1), Numbers{});
  EXPECT_EQ(take(recent, 2), Numbers{});
  EXPECT_EQ(recent.take(kShard + 1, 1, 100).size(), 1u);
  EXPECT_EQ(recent.dropped(), 2u);
  recent.on_applying({kShard, 3}, batch_of(kRecentEventsMax));
  EXPECT_EQ(take(recent, 3), Numbers{3});
  EXPECT_EQ(recent.dropped(), 2u);
}

TEST(RecentBatches, HasTheUsersAsTheyWereBefore) {
  state::WriterFixture fixture;
  RecentBatches recent(*fixture.view);
  fixture.view->add_listener(recent);
  const state::UserKey person{log::id_of(1), log::id_of(2)};
  const std::uint32_t shard = state::shard_of(person.tenant, person.user);
  ASSERT_TRUE(fixture.put(person, "a@x.test"));
  ASSERT_TRUE(fixture.run(person, state::busy(1)));
  const std::vector<RecentBatch> taken = recent.take(shard, 1, 100);
  ASSERT_EQ(taken.size(), 2u);
  ASSERT_EQ(taken[0].before.size(), 1u);
  EXPECT_FALSE(taken[0].before[0].exists);
  ASSERT_EQ(taken[1].before.size(), 1u);
  EXPECT_TRUE(taken[1].before[0].exists);
  EXPECT_EQ(taken[1].before[0].version, 1u);
  EXPECT_TRUE(taken[1].before[0].record.sessions.empty());
}

// Under the thread sanitizer, this also finds races.
TEST(RecentBatches, LosesNoBatchWhileItIsRead) {
  constexpr std::uint64_t kBatches = 2000;
  const state::View view;
  RecentBatches recent(view);
  std::thread writer([&] {
    for (std::uint64_t number = 1; number <= kBatches; ++number) apply(recent, {number});
  });
  for (std::uint64_t next = 1; next <= kBatches;)
    for (const std::uint64_t number : take(recent, next, 7)) EXPECT_EQ(number, next++);
  writer.join();
}

}  // namespace
}  // namespace porchlight::history
