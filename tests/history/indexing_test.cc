// What the index takes from the logs: no batch that may be lost, and no batch of another log.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "history/history_reader.h"
#include "history/random_history.h"

namespace porchlight::history {
namespace {

const UserKey kIndexed{id_of(1), id_of(100)};

class IndexingTest : public ::testing::Test {
 protected:
  IndexingTest() { spdlog::set_level(spdlog::level::off); }
  ~IndexingTest() override { spdlog::set_level(spdlog::level::info); }

  HistoryReader open(RandomHistory& history) {
    return HistoryReader(folder_.path() + "/history", std::chrono::days(30), history.clock,
                         *history.fixture.view, history.logs, history.recent);
  }
  log::Folder folder_;
};

TEST_F(IndexingTest, TakesNoBatchThatTheViewLacks) {
  RandomHistory history(1);
  ASSERT_TRUE(history.fixture.put(kIndexed, "a@x.test"));
  log::FakeLog& log = history.fixture.log_of(kIndexed);
  log.append(log.read(1, 1)->front().batch, 1, [](log::Appended, const log::Tail&) {});
  HistoryReader reader = open(history);
  while (reader.index_next()) {
  }
  EXPECT_EQ(log.tail()->seq, 2u);
  EXPECT_EQ(reader.indexed(state::shard_of(kIndexed.tenant, kIndexed.user)), 1u);
}

TEST_F(IndexingTest, BeginsAgainWithAnotherLogOfTheSameLength) {
  RandomHistory first(1), second(1);
  for (auto* const history : {&first, &second}) ASSERT_TRUE(history->fixture.put(kIndexed, "a@x.test"));
  ASSERT_TRUE(first.fixture.run(kIndexed, state::busy(1)));
  ASSERT_TRUE(second.fixture.run(kIndexed, state::busy(2)));
  {
    HistoryReader reader = open(first);
    while (reader.index_next()) {
    }
  }
  HistoryReader reader = open(second);
  const auto records = reader.records_at({kIndexed}, second.now());
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->front(), second.fixture.record(kIndexed));
}

// What it does not read from the log, it has from the view.
TEST_F(IndexingTest, ReadsTheLogAtTheStartOnly) {
  RandomHistory history(1);
  const auto reads = [&] {
    std::size_t sum = 0;
    for (const log::FakeLog& log : history.fixture.logs) sum += log.read_count();
    return sum;
  };
  history.run_random_writes(50);
  history.drop_recent();
  HistoryReader reader = open(history);
  const auto index_all = [&] {
    while (reader.index_next()) {
    }
  };
  index_all();
  const std::size_t at_start = reads();
  EXPECT_GT(at_start, 0u);
  for (int round = 0; round < 20; ++round) {
    history.run_random_writes(20);
    index_all();
    ASSERT_TRUE(reader.changes_after(kIndexed.tenant, {}));
  }
  EXPECT_EQ(reads(), at_start);
  EXPECT_EQ(history.recent.dropped(), 0u);
}

// The entries of a slice are written at its end. Until then they are found in the cache only.
TEST_F(IndexingTest, KnowsWhatTheSliceHasChanged) {
  RandomHistory history(2);
  constexpr std::uint32_t kLast = state::kShards - 1;
  std::vector<log::Batch> puts(state::kShards);
  for (std::uint64_t user = 1; user <= kCachedPeople + 10; ++user) {
    const UserKey key{id_of(1), id_of(user)};
    puts[state::shard_of(key.tenant, key.user)].events.push_back(
        {id_of(user), key.tenant, key.user, 1,
         log::DirectoryEvent{at_ms(0), directory::UserPut{fmt::format("u{}@x.test", user), "Name"}}});
  }
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    history.fixture.logs[shard].append(puts[shard], 0, [](log::Appended, const log::Tail&) {});
    history.fixture.view->apply({shard, 1}, puts[shard]);
  }
  // In the last shard, and before the cache is full.
  const log::Event& first = puts[kLast].events.front();
  const UserKey early{first.tenant, first.subject};
  ASSERT_TRUE(history.fixture.run(early, state::busy(1)));
  HistoryReader reader = open(history);
  while (reader.index_next()) {
  }
  const auto records = reader.records_at({early}, history.now());
  ASSERT_TRUE(records.has_value());
  EXPECT_EQ(records->front(), history.fixture.record(early));
}

// A reader that was opened again has no entry in its cache, and takes the state before an event from the view.
class IndexingFromTheViewTest : public IndexingTest {
 protected:
  IndexingFromTheViewTest() {
    for (std::uint64_t user = 101; !other_; ++user)
      if (const UserKey key{kIndexed.tenant, id_of(user)}; shard_of(key) == shard_of(kIndexed)) other_ = key;
    EXPECT_TRUE(history_.fixture.put(kIndexed, "a@x.test"));
    EXPECT_TRUE(history_.fixture.put(*other_, "b@x.test"));
  }
  static std::uint32_t shard_of(const UserKey& key) { return state::shard_of(key.tenant, key.user); }

  // Indexes what was written, opens the reader again, and indexes an event of another user of the shard at a time.
  void reopen(Time other_at) {
    for (int i = 0; i < 2; ++i) {
      reader_.reset();
      reader_.emplace(folder_.path() + "/history", std::chrono::days(30), history_.clock,
                      *history_.fixture.view, history_.logs, history_.recent);
      if (i == 0) index_all();
    }
    EXPECT_TRUE(history_.fixture.run(*other_, state::busy(1), other_at));
    index_all();
  }
  void index_all() {
    while (reader_->index_next()) {
    }
  }
  // Sets a session at a time, and compares the record in the history with that in the view.
  void expect_indexed(Time at) {
    ASSERT_TRUE(history_.fixture.run(kIndexed, state::busy(2), at));
    index_all();
    const auto records = reader_->records_at({kIndexed}, history_.now());
    ASSERT_TRUE(records.has_value());
    EXPECT_EQ(records->front(), history_.fixture.record(kIndexed));
  }

  RandomHistory history_{1};
  std::optional<UserKey> other_;
  std::optional<HistoryReader> reader_;
};

TEST_F(IndexingFromTheViewTest, FollowsTheState) {
  reopen(history_.now());
  expect_indexed(history_.now());
}

TEST_F(IndexingFromTheViewTest, KeepsACalendar) {
  const presence::SetCalendar calendar{any_calendar(history_.dice, history_.now() + std::chrono::hours(2))};
  ASSERT_TRUE(history_.fixture.run(kIndexed, calendar, history_.now()));
  reopen(history_.now());
  expect_indexed(history_.now());
}

TEST_F(IndexingFromTheViewTest, KeepsAVisibility) {
  const presence::SetVisibility hidden{
      {presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}}};
  ASSERT_TRUE(history_.fixture.run(kIndexed, hidden, history_.now()));
  reopen(history_.now());
  expect_indexed(history_.now());
}

// The event gets the time of the entry before it, which is in the database.
TEST_F(IndexingFromTheViewTest, OrdersEntriesWhenTheClockWentBack) {
  history_.clock.advance(Duration(5000));
  ASSERT_TRUE(history_.fixture.run(kIndexed, state::busy(1), at_ms(4000)));
  reopen(at_ms(4500));
  expect_indexed(at_ms(3000));
}

}  // namespace
}  // namespace porchlight::history
