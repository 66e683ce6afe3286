// The thread of the history: its queue, its end, and that answers include all acknowledged writes.
#include "history/history.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <semaphore>

#include "history/random_history.h"

namespace porchlight::history {
namespace {

using Answer = std::expected<History::Records, QueryError>;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : random_history_(1) {
    for (const UserKey& person : random_history_.people())
      (void)random_history_.fixture.put(person, "a@x.test");
    history_.emplace(folder_.path() + "/history", std::chrono::days(30), random_history_.clock,
                     *random_history_.fixture.view, random_history_.logs, random_history_.recent);
  }

  std::future<Answer> ask(const UserKey& person, Time time) {
    auto answer = std::make_shared<std::promise<Answer>>();
    history_->records_at({person}, time, [answer](Answer records) { answer->set_value(std::move(records)); });
    return answer->get_future();
  }

  log::Folder folder_;
  RandomHistory random_history_;
  std::optional<History> history_;
};

TEST_F(HistoryTest, IncludesAllAcknowledgedWrites) {
  for (int i = 0; i < 300; ++i) {
    random_history_.run_random_writes(1);
    const UserKey person = random_history_.dice.pick(random_history_.people());
    const auto answer = ask(person, random_history_.now()).get();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->front().value_or(Record{}), random_history_.fixture.record(person));
  }
}

TEST_F(HistoryTest, ReturnsATimeline) {
  random_history_.run_random_writes(100);
  const UserKey person = random_history_.people().front();
  std::promise<std::expected<Timeline, QueryError>> answer;
  history_->timeline(person, at_ms(0), random_history_.now(),
                     [&](auto timeline) { answer.set_value(std::move(timeline)); });
  const auto timeline = answer.get_future().get();
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->until, random_history_.now());
  EXPECT_FALSE(timeline->changes.empty());
}

TEST_F(HistoryTest, RefusesQueriesBeyondTheLimit) {
  const UserKey person = random_history_.people().front();
  // A callback that blocks delays the queries behind it.
  std::binary_semaphore started(0), may_continue(0);
  history_->records_at({person}, random_history_.now(), [&](const Answer&) {
    started.release();
    may_continue.acquire();
  });
  started.acquire();
  std::vector<std::future<Answer>> waiting;
  for (std::size_t i = 0; i < kQueriesMax; ++i) waiting.push_back(ask(person, random_history_.now()));
  const auto beyond = ask(person, random_history_.now()).get();
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().why, QueryErrorCode::kBusy);
  may_continue.release();
  for (auto& answer : waiting) EXPECT_TRUE(answer.get());
}

// A tenant that fills the queue neither delays another one nor takes its place.
TEST_F(HistoryTest, TenantsTakeTurns) {
  const UserKey greedy = random_history_.people().front();
  const UserKey other{guid_from_name("another tenant"), greedy.user};
  std::binary_semaphore started(0), may_continue(0);
  history_->records_at({greedy}, random_history_.now(), [&](const Answer&) {
    started.release();
    may_continue.acquire();
  });
  started.acquire();
  std::atomic<std::size_t> answered = 0, refused = 0;
  for (std::size_t i = 0; i < kQueriesMax; ++i)
    history_->records_at({greedy}, random_history_.now(),
                         [&](const Answer& answer) { ++(answer ? answered : refused); });
  std::promise<std::size_t> before;
  history_->records_at({other}, random_history_.now(), [&](const Answer& answer) {
    EXPECT_TRUE(answer);
    before.set_value(answered);
  });
  EXPECT_EQ(refused, 1U) << "the newest of the tenant that fills the queue";
  may_continue.release();
  EXPECT_LE(before.get_future().get(), 1U);
  history_.reset();
}

TEST_F(HistoryTest, AnswersAllQueriesBeforeItEnds) {
  std::vector<std::future<Answer>> waiting;
  for (std::size_t i = 0; i < 100; ++i)
    waiting.push_back(ask(random_history_.people().front(), random_history_.now()));
  history_.reset();
  for (auto& future : waiting) {
    const auto answer = future.get();
    EXPECT_TRUE(answer || answer.error().why == QueryErrorCode::kUnavailable);
  }
}

TEST_F(HistoryTest, IndexesWithoutQueries) {
  const auto is_indexed = [&] {
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      if (history_->indexed(shard) < random_history_.fixture.view->position(shard).seq) return false;
    return true;
  };
  random_history_.run_random_writes(50);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_indexed() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(is_indexed());
}

}  // namespace
}  // namespace porchlight::history
