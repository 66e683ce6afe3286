// The thread of the past: its queue, its end, and that an answer never misses what was acknowledged.
#include "history/history.h"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>

#include "history/lives.h"

namespace porchlight::history {
namespace {

using Told = std::expected<History::Records, Fault>;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : lives_(1) {
    for (const UserKey& person : lives_.people()) (void)lives_.world.put(person, "a@x.test");
    history_.emplace(folder_.path() + "/history", std::chrono::days(30), lives_.clock, *lives_.world.view,
                     lives_.logs);
  }

  std::future<Told> ask(const UserKey& person, Time time) {
    auto told = std::make_shared<std::promise<Told>>();
    history_->records_at({person}, time, [told](Told records) { told->set_value(std::move(records)); });
    return told->get_future();
  }

  log::Folder folder_;
  Lives lives_;
  std::optional<History> history_;
};

TEST_F(HistoryTest, AnAnswerNeverMissesWhatWasAcknowledged) {
  for (int i = 0; i < 300; ++i) {
    lives_.live(1);
    const UserKey person = lives_.dice.pick(lives_.people());
    const auto told = ask(person, lives_.now()).get();
    ASSERT_TRUE(told);
    ASSERT_EQ(told->front().value_or(Record{}), lives_.world.record(person));
  }
}

TEST_F(HistoryTest, TellsIntervalsOfThePast) {
  lives_.live(100);
  const UserKey person = lives_.people().front();
  std::promise<std::expected<Past, Fault>> told;
  history_->past(person, at_ms(0), lives_.now(), [&](auto past) { told.set_value(std::move(past)); });
  const auto past = told.get_future().get();
  ASSERT_TRUE(past);
  EXPECT_EQ(past->until, lives_.now());
  EXPECT_FALSE(past->changes.empty());
}

TEST_F(HistoryTest, IsBusyBeyondItsLimit) {
  const UserKey person = lives_.people().front();
  // One answer that is held up holds up those behind it.
  std::binary_semaphore begun(0), go_on(0);
  history_->records_at({person}, lives_.now(), [&](const Told&) {
    begun.release();
    go_on.acquire();
  });
  begun.acquire();
  std::vector<std::future<Told>> waiting;
  for (std::size_t i = 0; i < kQuestionsMax; ++i) waiting.push_back(ask(person, lives_.now()));
  const auto beyond = ask(person, lives_.now()).get();
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().why, Refusal::kBusy);
  go_on.release();
  for (auto& told : waiting) EXPECT_TRUE(told.get());
}

TEST_F(HistoryTest, AnswersEveryQuestionBeforeItEnds) {
  std::vector<std::future<Told>> waiting;
  for (std::size_t i = 0; i < 100; ++i) waiting.push_back(ask(lives_.people().front(), lives_.now()));
  history_.reset();
  for (auto& told : waiting) {
    const auto answer = told.get();
    EXPECT_TRUE(answer || answer.error().why == Refusal::kUnavailable);
  }
}

TEST_F(HistoryTest, ReadsTheLogWithoutBeingAsked) {
  const auto is_read = [&] {
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      if (history_->indexed(shard) < lives_.world.view->position(shard).seq) return false;
    return true;
  };
  lives_.live(50);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_read() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(is_read());
}

}  // namespace
}  // namespace porchlight::history
