// The thread of the past: its queue, its end, and that an answer never misses what was acknowledged.
#include "history/history.h"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>

#include "history/random_history.h"

namespace porchlight::history {
namespace {

using Told = std::expected<History::Records, QueryError>;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : random_history_(1) {
    for (const UserKey& person : random_history_.people())
      (void)random_history_.fixture.put(person, "a@x.test");
    history_.emplace(folder_.path() + "/history", std::chrono::days(30), random_history_.clock,
                     *random_history_.fixture.view, random_history_.logs);
  }

  std::future<Told> ask(const UserKey& person, Time time) {
    auto told = std::make_shared<std::promise<Told>>();
    history_->records_at({person}, time, [told](Told records) { told->set_value(std::move(records)); });
    return told->get_future();
  }

  log::Folder folder_;
  RandomHistory random_history_;
  std::optional<History> history_;
};

TEST_F(HistoryTest, AnAnswerNeverMissesWhatWasAcknowledged) {
  for (int i = 0; i < 300; ++i) {
    random_history_.run_random_writes(1);
    const UserKey person = random_history_.dice.pick(random_history_.people());
    const auto told = ask(person, random_history_.now()).get();
    ASSERT_TRUE(told);
    ASSERT_EQ(told->front().value_or(Record{}), random_history_.fixture.record(person));
  }
}

TEST_F(HistoryTest, TellsIntervalsOfThePast) {
  random_history_.run_random_writes(100);
  const UserKey person = random_history_.people().front();
  std::promise<std::expected<Timeline, QueryError>> told;
  history_->timeline(person, at_ms(0), random_history_.now(),
                     [&](auto past) { told.set_value(std::move(past)); });
  const auto past = told.get_future().get();
  ASSERT_TRUE(past);
  EXPECT_EQ(past->until, random_history_.now());
  EXPECT_FALSE(past->changes.empty());
}

TEST_F(HistoryTest, IsBusyBeyondItsLimit) {
  const UserKey person = random_history_.people().front();
  // One answer that is held up holds up those behind it.
  std::binary_semaphore begun(0), go_on(0);
  history_->records_at({person}, random_history_.now(), [&](const Told&) {
    begun.release();
    go_on.acquire();
  });
  begun.acquire();
  std::vector<std::future<Told>> waiting;
  for (std::size_t i = 0; i < kQueriesMax; ++i) waiting.push_back(ask(person, random_history_.now()));
  const auto beyond = ask(person, random_history_.now()).get();
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().why, QueryErrorCode::kBusy);
  go_on.release();
  for (auto& told : waiting) EXPECT_TRUE(told.get());
}

TEST_F(HistoryTest, AnswersEveryQuestionBeforeItEnds) {
  std::vector<std::future<Told>> waiting;
  for (std::size_t i = 0; i < 100; ++i)
    waiting.push_back(ask(random_history_.people().front(), random_history_.now()));
  history_.reset();
  for (auto& told : waiting) {
    const auto answer = told.get();
    EXPECT_TRUE(answer || answer.error().why == QueryErrorCode::kUnavailable);
  }
}

TEST_F(HistoryTest, ReadsTheLogWithoutBeingAsked) {
  const auto is_read = [&] {
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      if (history_->indexed(shard) < random_history_.fixture.view->position(shard).seq) return false;
    return true;
  };
  random_history_.run_random_writes(50);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_read() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(is_read());
}

}  // namespace
}  // namespace porchlight::history
